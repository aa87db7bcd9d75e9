/** The other process: a plain server, the SDK's router, and the router by hand. Says its addresses on one line. */
import { generateKeyPair } from '@nomyo/core'
import { createRouter } from '@nomyo/router'
import { serve } from 'srvx'
import { backend, plainHandler } from './backend.mjs'
import { floorRouter } from './floor.mjs'
import { held } from './memory.mjs'

async function listen(fetch) {
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1', manual: true, silent: true })
  await server.serve()
  return `http://127.0.0.1:${new URL(server.url).port}`
}

// It lives no longer than what measures it, however that ends.
process.on('disconnect', () => process.exit())
const keys = await generateKeyPair({ exportable: true })
const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' }
const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
const decryptionKey = await crypto.subtle.importKey('pkcs8', pkcs8, OAEP, false, ['decrypt'])
const urls = {
  plain: await listen(plainHandler),
  router: await listen(createRouter({ keys, backend })),
  floor: await listen(floorRouter(decryptionKey, backend)),
  pem: keys.publicKey.pem,
}
process.on('message', () => void held().then((bytes) => process.send(bytes)))
process.send(urls)
