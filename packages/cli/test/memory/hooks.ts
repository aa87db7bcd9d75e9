/**
 * What is loaded into a process whose memory is searched, before anything else of it: it stops where WebCrypto is given or
 * gives a secret, tells the message keys of 2.0, masked, and collects garbage when it is told to.
 */
import { writeSync } from 'node:fs'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { masked } from './mask.ts'

/** Bytes of the two keys of an exchange over 2.0. */
const MESSAGE_KEYS = 64

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Three times, with pauses, so that what ends later is collected as well. */
async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** To the file descriptor that the environment names. */
export function tell(word: string, text = ''): void {
  writeSync(Number(process.env['MEMORY_FD']), `${word} ${text}\n`)
}

const places = new Set<string>()

/** Waits at each place once, until it is told to go on. */
async function pause(place: string): Promise<void> {
  if (places.has(place)) return
  places.add(place)
  const resumed = new Promise((resolve) => process.once('SIGHUP', resolve))
  const alive = setInterval(() => undefined, 1000)
  tell('paused', place)
  await resumed
  clearInterval(alive)
}

function tellMessageKeys(bytes: unknown): void {
  if (bytes instanceof ArrayBuffer) return tellMessageKeys(new Uint8Array(bytes))
  if (bytes instanceof Uint8Array && bytes.length === MESSAGE_KEYS) tell('keys', masked(bytes))
}

type Algorithm = string | { readonly name: string }
type Method = (...parameters: unknown[]) => Promise<unknown>

const nameOf = (algorithm: unknown): string =>
  typeof algorithm === 'string' ? algorithm : (algorithm as Exclude<Algorithm, string>).name

/** Stands between the code and a method of WebCrypto. */
function around(
  name: 'importKey' | 'exportKey' | 'encrypt' | 'decrypt',
  handle: (call: Method) => Method,
): void {
  const { subtle } = crypto
  const method = (subtle[name] as unknown as Method).bind(subtle)
  Object.defineProperty(subtle, name, { value: handle(method) })
}

around('importKey', (call) => async (format, bytes, algorithm, ...rest) => {
  await pause(`importKey ${String(format)} ${nameOf(algorithm)}`)
  return call(format, bytes, algorithm, ...rest)
})
around('exportKey', (call) => async (format, key) => {
  const exported = await call(format, key)
  tellMessageKeys(exported)
  await pause(`exportKey ${String(format)} ${nameOf((key as CryptoKey).algorithm)}`)
  return exported
})
around('encrypt', (call) => async (algorithm, key, bytes) => {
  await pause(`encrypt ${nameOf(algorithm)} ${kindOf(bytes)}`)
  return call(algorithm, key, bytes)
})
around('decrypt', (call) => async (algorithm, key, bytes) => {
  const plaintext = await call(algorithm, key, bytes)
  await pause(`decrypt ${nameOf(algorithm)} ${kindOf(plaintext)}`)
  return plaintext
})

/** Whether the test's markers are in it. */
function kindOf(bytes: unknown): string {
  const view = bytes instanceof ArrayBuffer ? Buffer.from(bytes) : Buffer.from((bytes as Uint8Array).buffer)
  return ['prompt-', 'answer-'].filter((word) => view.includes(word)).join(' ')
}

const { getRandomValues } = crypto
crypto.getRandomValues = ((target: Uint8Array<ArrayBuffer>) => {
  const filled = getRandomValues.call(crypto, target)
  tellMessageKeys(filled)
  return filled
}) as typeof crypto.getRandomValues

// Without a listener it would end the process, when two waited and were told to go on at once.
process.on('SIGHUP', () => undefined)
process.on('SIGUSR2', () => void collectGarbage().then(() => tell('collected')))
