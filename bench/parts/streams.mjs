/** Streamed answers over 2.0: the first chunk, very many of them, and how fast frames go through. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { clientOf } from '../contenders.mjs'
import { LIMITS } from '../limits.mjs'
import { held } from '../measure/held.mjs'
import { bootstrap, differenceOf, median } from '../measure/statistics.mjs'
import { timesInTurns } from '../measure/turns.mjs'
import { exactly, mb, ms } from '../report.mjs'
import { requestOf } from '../request.mjs'

const PLAIN = '/v1/chat/completions'
const CHUNKS = 100_000

/** `seed` says to the bench's backend how many chunks to stream. */
const streamOf = (bytes, seed) => ({ ...requestOf(bytes), stream: /** @type {const} */ (true), seed })

/** @param {import('../context.mjs').Context} context */
export async function streams(context) {
  const client = await clientOf(context.addresses.origin, '2.0')
  await firstChunk(context, client)
  await longStream(context, client)
  throughput(context)
}

async function firstChunk({ report, addresses, turns }, client) {
  const times = await timesInTurns(turns(60), {
    plain: () => firstOfPlain(addresses.origin),
    rsa: await rsaOperation(),
    client: () => firstOf(client),
  })
  report.heading('First streamed chunk')
  report.line('plain fetch', ms(median(times.plain)))
  report.line('one RSA private operation', ms(median(times.rsa)))
  report.line('client 2.0', ms(median(times.client)))
  report.keep('first chunk', times)
  const together = times.plain.map((plain, i) => plain + times.rsa[i])
  report.atMost('beyond plain fetch + RSA, ms', differenceOf(times.client, together), LIMITS.firstChunk)
}

async function firstOf(client) {
  let at
  for await (const chunk of await client.create(streamOf(1000, 3))) if (chunk) at ??= performance.now()
  return at
}

async function firstOfPlain(origin) {
  const body = JSON.stringify(streamOf(1000, 3))
  const reader = (await fetch(origin + PLAIN, { method: 'POST', body })).body.getReader()
  await reader.read()
  const at = performance.now()
  while (!(await reader.read()).done);
  return at
}

/** As the router does it for each request. */
async function rsaOperation() {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const parameters = { ...algorithm, modulusLength: 4096, publicExponent: Uint8Array.of(1, 0, 1) }
  const pair = await crypto.subtle.generateKey(parameters, false, ['encrypt', 'decrypt'])
  const sealed = await crypto.subtle.encrypt(algorithm, pair.publicKey, new Uint8Array(64))
  return async () => void (await crypto.subtle.decrypt(algorithm, pair.privateKey, sealed))
}

/** What is held at a tenth of the chunks, and at the end. */
async function longStream({ report, servers }, client) {
  const [marks, start] = [[], performance.now()]
  let received = 0
  for await (const chunk of await client.create(streamOf(10, CHUNKS))) {
    if (chunk && [CHUNKS / 10, CHUNKS].includes(++received))
      marks.push([await held(), await servers.ask('memory')])
  }
  if (received !== CHUNKS) throw new Error(`${received} of ${CHUNKS} chunks arrived.`)
  const [[here1, there1], [here2, there2]] = marks
  report.heading(`${CHUNKS} streamed chunks`)
  report.line('in all', ms(performance.now() - start))
  report.line('held by the client', mb(here1), mb(here2))
  report.line('held by the router', mb(there1), mb(there2))
  report.atMost('growth of the client, MB', exactly((here2 - here1) / 1e6), LIMITS.streamGrowth)
  report.atMost('growth of the router, MB', exactly((there2 - there1) / 1e6), LIMITS.streamGrowth)
}

/** On one core, where the machine lets it be chosen. */
function throughput({ report }) {
  const node = [process.execPath, fileURLToPath(new URL('../processes/throughput.mjs', import.meta.url))]
  const [command, ...args] = process.platform === 'linux' ? ['taskset', '-c', '0', ...node] : node
  const rounds = JSON.parse(execFileSync(command, args, { encoding: 'utf8' }))
  report.heading('Seal and open, frames of 64 KiB, one core')
  // Whatever else the machine does can only take away from it.
  report.atLeast(
    'MB/s of plaintext, best round',
    bootstrap(rounds, (drawn) => Math.max(...drawn)),
    LIMITS.throughput,
  )
}
