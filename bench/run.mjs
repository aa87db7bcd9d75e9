/**
 * What the SDK costs: each figure beside its floor, measured in turns in one run. Exits 1 if a ratio is over its bound.
 * `--short` takes fewer turns.
 */
import { fork, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SecureChatCompletion } from '@nomyo/client'
import { floorExchange, floorServerKey } from './floor.mjs'
import { held } from './memory.mjs'
import { inTurns, median, ms, perTurn, Report } from './report.mjs'

const SHORT = process.argv.includes('--short')
const turns = (count) => (SHORT ? Math.ceil(count / 4) : count)
const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const PATH = '/v1/chat/completions'
const report = new Report()

const servers = fork(here('servers.mjs'), { execArgv: ['--expose-gc'] })
const message = () => new Promise((resolve) => servers.once('message', resolve))
const { plain, router, floor, pem } = await message()
const serverKey = await floorServerKey(pem)

/** @param {'1.0' | '2.0'} protocol */
const clientOf = (protocol) =>
  new SecureChatCompletion({ baseURL: router, allowHttp: true, logLevel: 'off', maxRetries: 0, protocol })
/** @param {number} bytes */
const requestOf = (bytes) => ({
  model: 'bench',
  messages: [{ role: /** @type {const} */ ('user'), content: 'q'.repeat(bytes) }],
})
/** @param {SecureChatCompletion} client */
const streamOf = async (client, bytes, count) =>
  client.create({ ...requestOf(bytes), stream: /** @type {const} */ (true), seed: count })
const fetchPlain = (body) => fetch(plain + PATH, { method: 'POST', body: JSON.stringify(body) })
const lengthOf = (completion, name) => {
  const { length } = completion.choices[0].message.content
  if (length < 1) throw new Error(`${name} got no answer.`)
}

/** The whole exchange of `bytes` there and as many back, for each way to do it. */
async function wholeExchange(bytes, count) {
  const request = requestOf(bytes)
  const [over1, over2] = [clientOf('1.0'), clientOf('2.0')]
  const floorTarget = { url: floor, serverKey, path: PATH }
  return inTurns(turns(count), {
    plain: async () => lengthOf(await (await fetchPlain(request)).json(), 'plain'),
    floor: async () => lengthOf(await floorExchange(floorTarget, request), 'floor'),
    v1: async () => lengthOf(await over1.create(request), '1.0'),
    v2: async () => lengthOf(await over2.create(request), '2.0'),
  })
}

async function reportExchange(label, bytes, count, bounds) {
  const times = await wholeExchange(bytes, count)
  report.heading(`Whole exchange, ${label} there and back`)
  report.line('plain fetch', ms(median(times.plain)))
  report.line('2.0 by hand', ms(median(times.floor)))
  report.line('client over 2.0', ms(median(times.v2)))
  report.line('client over 1.0', ms(median(times.v1)))
  const ratioTo = (name) => perTurn(times, (turn) => turn.v2 / turn[name])
  report.atMost('2.0 / by hand', ratioTo('floor'), bounds.floor)
  report.atMost('2.0 / 1.0', ratioTo('v1'), bounds.v1)
  report.atMost('2.0 / plain fetch', ratioTo('plain'))
}

/** Of a client that was made for it: over 2.0 nothing is generated, over 1.0 an RSA key. */
async function firstAnswer() {
  const request = requestOf(1000)
  const generated = { '1.0': 0, '2.0': 0 }
  const ask = async (protocol) => {
    crypto.subtle.generateKey = (...args) => {
      generated[protocol]++
      return SubtleCrypto.prototype.generateKey.apply(crypto.subtle, args)
    }
    await clientOf(protocol).create(request)
    delete crypto.subtle.generateKey
  }
  const times = await inTurns(turns(12), { v2: () => ask('2.0'), v1: () => ask('1.0') })
  report.heading('First answer of a fresh client, 1 KB')
  report.line('over 2.0', ms(median(times.v2)))
  report.line('over 1.0', ms(median(times.v1)))
  report.atMost(
    '2.0 / 1.0',
    perTurn(times, ({ v1, v2 }) => v2 / v1),
  )
  report.atMost('keys generated over 2.0', generated['2.0'], 0)
}

/** One RSA-4096 private operation, as the router does it for each request. */
async function rsaOperation() {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const parameters = { ...algorithm, modulusLength: 4096, publicExponent: Uint8Array.of(1, 0, 1) }
  const pair = await crypto.subtle.generateKey(parameters, false, ['encrypt', 'decrypt'])
  const sealed = await crypto.subtle.encrypt(algorithm, pair.publicKey, new Uint8Array(64))
  return async () => void (await crypto.subtle.decrypt(algorithm, pair.privateKey, sealed))
}

async function firstChunk() {
  const client = clientOf('2.0')
  const readFirst = async () => {
    for await (const chunk of await streamOf(client, 1000, 3)) if (chunk) return performance.now()
  }
  const request = { ...requestOf(1000), stream: true, seed: 3 }
  const plainFirst = async () => {
    const reader = (await fetchPlain(request)).body.getReader()
    await reader.read()
    const end = performance.now()
    await reader.cancel()
    return end
  }
  const rsa = await rsaOperation()
  const times = await inTurns(turns(60), { plain: plainFirst, rsa, v2: readFirst })
  report.heading('First streamed chunk')
  report.line('plain fetch', ms(median(times.plain)))
  report.line('RSA private operation', ms(median(times.rsa)))
  report.line('client over 2.0', ms(median(times.v2)))
  const beyond = perTurn(times, ({ plain, rsa, v2 }) => v2 - plain - rsa)
  report.atMost('beyond plain + RSA, ms', beyond, 6)
}

async function heldThere() {
  const answer = message()
  servers.send('memory')
  return answer
}

/** 100,000 chunks: what is held at a tenth of them, and at the end. */
async function longStream() {
  const count = 100_000
  const [client, marks, start] = [clientOf('2.0'), [], performance.now()]
  let received = 0
  for await (const chunk of await streamOf(client, 10, count)) {
    if (chunk && [count / 10, count].includes(++received)) marks.push([await held(), await heldThere()])
  }
  if (received !== count) throw new Error(`${received} of ${count} chunks arrived.`)
  const [[here1, there1], [here2, there2]] = marks
  report.heading('100,000 streamed chunks')
  report.line('in all', ms(performance.now() - start))
  report.line('held by the client', `${mb(here1)} at a tenth, ${mb(here2)} at the end`)
  report.line('held by the router', `${mb(there1)} at a tenth, ${mb(there2)} at the end`)
  report.atMost('growth of the client, MB', (here2 - here1) / 1e6, 2)
  report.atMost('growth of the router, MB', (there2 - there1) / 1e6, 2)
}
const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

/** On one core, where the machine lets it be chosen. */
function throughput() {
  const node = [process.execPath, here('throughput.mjs')]
  const [command, ...args] = process.platform === 'linux' ? ['taskset', '-c', '0', ...node] : node
  const { megabytesPerSecond } = JSON.parse(execFileSync(command, args, { encoding: 'utf8' }))
  report.heading('Seal and open, frames of 64 KiB, one core')
  report.atLeast('MB/s of plaintext', megabytesPerSecond, 100)
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}; medians, measured in turns, with their intervals of 95 % confidence`,
)
try {
  await reportExchange('1 KB', 1000, 200, { floor: 1.15, v1: 0.8 })
  await reportExchange('9 MB', 9e6, 16, { floor: 1.25 })
  await firstAnswer()
  await firstChunk()
  await longStream()
  throughput()
} finally {
  servers.disconnect()
}
report.end()
