/**
 * The router, in a process of its own: `router.mjs <vectors> <certificate> <key of it> <origin of pages>`. It writes
 * where it listens on its first line.
 */
import { readFileSync } from 'node:fs'
import { importPrivateKey } from '@nomyo/core'
import { createRouter, type RouterHandler, type RouterOptions } from '@nomyo/router'
import { serve } from 'srvx'
import { API_KEY, type Addresses } from './addresses.ts'
import { tellOfHeld, testBackend } from './backend.ts'

const [vectors, cert, key, pages] = process.argv.slice(2) as [string, string, string, string]
const { keys } = JSON.parse(readFileSync(vectors, 'utf8')) as { keys: { rsa4096: { private_pkcs8: string } } }
const keyPair = await importPrivateKey(Buffer.from(keys.rsa4096.private_pkcs8, 'base64'))

const options: RouterOptions = {
  keys: keyPair,
  backend: testBackend(),
  apiKeys: [API_KEY],
  corsOrigins: [pages],
  allowedHosts: ['localhost'],
  // A sign of life would make engines notice that nobody reads any more: they must not need it.
  limits: { heartbeat: 600_000 },
}
const current = createRouter(options)

async function listen(fetch: RouterHandler, tls?: { cert: string; key: string }): Promise<string> {
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1', silent: true, ...(tls ? { tls } : {}) })
  await server.ready()
  const { protocol, port } = new URL(server.url!)
  return `${protocol}//localhost:${port}`
}

const router = await listen(async (request) => {
  const { pathname } = new URL(request.url)
  if (pathname.startsWith('/held-model/')) return tellOfHeld(pathname)
  if (!pathname.startsWith('/moved/')) return current(request)
  const headers = { 'location': pathname.replace('/moved', ''), 'access-control-allow-origin': '*' }
  return new Response(null, { status: 307, headers })
})

const addresses: Addresses = {
  router,
  oldRouter: await listen(createRouter({ ...options, versions: ['1.0'] })),
  movedRouter: `${router}/moved`,
  strangeRouter: await listen(current, { cert, key }),
  pin: keyPair.publicKey.fingerprint,
}
console.log(JSON.stringify(addresses))
