/**
 * The other process: a plain server, the SDK's router, the router by hand and the bench's page, all at one address, so
 * that a page needs no leave to ask any of them. Counts what it is asked.
 *
 * @typedef {object} Addresses
 * @property {string} origin of the plain server and of the SDK's router
 * @property {string} floor of the router by hand
 * @property {{ publicPem: string, privatePem: string }} own the client's key pair
 *
 * @typedef {{ requests: number, connections: number }} Counts
 */
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { generateKeyPair, importPrivateKey, decodePem } from '@nomyo/core'
import { exportPrivateKeyPem } from '@nomyo/core/pkcs8'
import { createRouter } from '@nomyo/router'
import { toNodeHandler } from 'srvx/node'
import { backend, plainHandler } from './backend.mjs'
import { floorRouter } from './floor/router.mjs'
import { held } from './measure/held.mjs'
import { pageFiles } from './page/files.mjs'

const FLOOR = '/floor'
const PAGE = '/page/'
const PLAIN = '/v1/chat/completions'

async function newKey() {
  const keys = await generateKeyPair({ exportable: true })
  return { publicPem: keys.publicKey.pem, privatePem: await exportPrivateKeyPem(keys) }
}

/** As many handles of one key as the SDK's command makes of it. */
function handlesOf({ privatePem }) {
  const { der } = decodePem(privatePem)
  return Promise.all(Array.from({ length: 2 * availableParallelism() }, () => importPrivateKey(der)))
}

async function handlerOf(key) {
  const floor = await floorRouter({ ...key, backend, prefix: FLOOR })
  const plain = toNodeHandler(plainHandler)
  const router = toNodeHandler(createRouter({ keys: await handlesOf(key), backend }))
  const page = await pageFiles()
  return (request, response) => {
    const { url } = request
    if (url.startsWith(FLOOR)) return floor(request, response)
    if (url.startsWith(PAGE)) return page(url.slice(PAGE.length).split('?')[0], response)
    return (url === PLAIN ? plain : router)(request, response)
  }
}

// It lives no longer than what measures it, however that ends.
process.on('disconnect', () => process.exit())
const [key, own] = [await newKey(), await newKey()]
const handler = await handlerOf(key)
const counts = { requests: 0, connections: 0 }
const server = createServer((request, response) => {
  counts.requests++
  void handler(request, response)
})
server.on('connection', () => counts.connections++)
// Longer than anybody's turn is away.
server.keepAliveTimeout = 120_000
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://localhost:${server.address().port}`

const answers = { memory: held, counts: async () => ({ ...counts }) }
process.on('message', (question) => void answers[question]().then((answer) => process.send(answer)))
process.send({ origin, floor: origin + FLOOR, own })
