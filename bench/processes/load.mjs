/**
 * Load: so many connections, each of which sends its next request as soon as it has its answer, from bodies that were
 * sealed before. Over 2.0 each body goes out once, since a router takes it once. Message: what to do, see `Load`.
 *
 * @typedef {object} Load
 * @property {string} url of a router
 * @property {('1.0' | '2.0')[]} protocols the connections take turns
 * @property {number} connections
 * @property {number} seconds after which nothing more is sent
 *
 * @typedef {object} Outcome
 * @property {number} rate answers in a second
 * @property {number[]} latencies ms of each answer
 * @property {number} failed
 * @property {number} opened TCP connections
 * @property {number} busy the share of a core that this process took
 */
import { Agent, request as httpRequest } from 'node:http'
import { requestOf } from '../request.mjs'
import { sealedBodies } from './sealed-bodies.mjs'

const TIMEOUT = 30_000
const own = JSON.parse(process.argv[2])
const question = new TextEncoder().encode(JSON.stringify(requestOf(1000)))

/** Counts what it opens. */
class CountingAgent extends Agent {
  opened = 0

  createConnection(...args) {
    this.opened++
    return super.createConnection(...args)
  }
}

/** One connection, kept. */
class Connection {
  #agent = new CountingAgent({ keepAlive: true, maxSockets: 1 })

  get opened() {
    return this.#agent.opened
  }

  /** @returns {Promise<boolean>} whether the answer was whole and good */
  send(url, { path, headers, body, isAnswer }) {
    return new Promise((resolve) => {
      const options = { agent: this.#agent, method: 'POST', timeout: TIMEOUT, headers }
      const sending = httpRequest(url + path, { ...options }, (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('error', () => resolve(false))
        response.on('end', () => resolve(response.statusCode === 200 && isAnswer(Buffer.concat(chunks))))
      })
      sending.on('timeout', () => sending.destroy())
      sending.on('error', () => resolve(false))
      sending.end(body)
    })
  }

  close() {
    this.#agent.destroy()
  }
}

/** @param {Load} load @returns {Promise<Outcome>} */
async function run({ url, protocols, connections, seconds }) {
  const bodies = Object.fromEntries(
    await Promise.all(
      protocols.map(async (protocol) => [
        protocol,
        await sealedBodies({ url, protocol, question, own, connections, seconds }),
      ]),
    ),
  )
  const all = Array.from({ length: connections }, () => new Connection())
  const latencies = []
  let failed = 0
  const before = process.cpuUsage()
  const start = performance.now()
  const keepBusy = async (connection, i) => {
    const next = bodies[protocols[i % protocols.length]]
    for (;;) {
      const sentAt = performance.now()
      const body = sentAt - start < seconds * 1000 ? next() : undefined
      if (body === undefined) return
      if (await connection.send(url, body)) latencies.push(performance.now() - sentAt)
      else failed++
    }
  }
  await Promise.all(all.map(keepBusy))
  const elapsed = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  for (const connection of all) connection.close()
  const opened = all.reduce((sum, connection) => sum + connection.opened, 0)
  const busy = (user + system) / 1e6 / elapsed
  return { rate: latencies.length / elapsed, latencies, failed, opened, busy }
}

process.on('disconnect', () => process.exit())
process.on('message', (load) => void run(load).then((outcome) => process.send(outcome)))
process.send('ready')
