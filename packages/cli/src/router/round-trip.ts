/** One real encrypted call through the running router, and what there is to see of it. */
import {
  SecureChatCompletion,
  type ChatCompletion,
  type OpenEvent,
  type Protection,
  type SealEvent,
} from '@nomyo/client'
import { isJsonObject } from '@nomyo/core'
import type { Backend } from '@nomyo/router'
import { CommandFailure } from '../failure.js'

const PROMPT = 'Hello! Who are you, and can anybody on the way read this?'
/** Bytes of what travelled that are printed. */
const SHOWN_BYTES = 32
const MODELS_TIMEOUT = 10_000
/** The most bytes of a list of models that are read. */
const MODELS_LIMIT = 1024 * 1024

/** What the call goes through. */
export interface RoundTripSettings {
  /** The router, over http on loopback. */
  readonly baseURL: string
  readonly model: string
  readonly apiKey: string | undefined
}

/** What there is to see of a call. Durations are in ms. */
interface Outcome {
  readonly answer: ChatCompletion
  readonly fingerprint: string
  readonly protection: Protection
  readonly sealed: SealEvent
  readonly opened: OpenEvent
  readonly fetching: number
  readonly total: number
}

/** Makes the call and says what came of it: lines for a person. */
export async function roundTrip(settings: RoundTripSettings): Promise<readonly string[]> {
  return linesOf(await callThrough(settings))
}

async function callThrough({ baseURL, model, apiKey }: RoundTripSettings): Promise<Outcome> {
  let sealed: SealEvent | undefined
  let opened: OpenEvent | undefined
  const client = new SecureChatCompletion({
    ...(apiKey === undefined ? {} : { apiKey }),
    ...{ baseURL, allowHttp: true, logLevel: 'off', maxRetries: 0 },
    onSeal: (event) => (sealed = event),
    onOpen: (event) => (opened = event),
  })
  const start = performance.now()
  const { fingerprint } = await client.serverKey()
  const fetching = performance.now() - start
  const answer = await client.create({ model, messages: [{ role: 'user', content: PROMPT }] })
  const total = performance.now() - start
  if (sealed === undefined || opened === undefined)
    throw new CommandFailure('The round trip told nothing of itself.')
  return {
    ...{ answer, fingerprint, protection: client.protection(), sealed, opened, fetching, total },
  }
}

function linesOf({ answer, fingerprint, protection, sealed, opened, ...took }: Outcome): readonly string[] {
  return [
    row('model', String(answer.model)),
    row('prompt', PROMPT),
    row('answer', contentOf(answer)),
    row('router key', fingerprint),
    row('protected', inWords(protection)),
    row('sent', `${number(sealed.envelope.length)} bytes, such as ${endOf(sealed.envelope)}`),
    row('received', `${number(opened.envelopeBytes)} bytes, such as ${endOf(opened.envelope)}`),
    row('router key', `fetched in ${ms(took.fetching)}`),
    row('seal', ms(sealed.milliseconds)),
    row('on the way', `${ms(opened.networkMilliseconds)}, the router included`),
    row('open', ms(opened.milliseconds)),
    row('in all', ms(took.total)),
  ]
}

/** In short, what the client says of its protection. This router speaks 2.0, so there is no key of one's own. */
function inWords({ protocol, transport, serverKey }: Protection): string {
  const trust = serverKey.trust === 'pinned' ? 'pinned' : 'trusted on first use'
  return `protocol ${protocol} over ${transport}; router key ${trust}; no key of one’s own is needed`
}

/** The first model that the backend offers. @throws CommandFailure if there is none. */
export async function firstModel(backend: Backend): Promise<string> {
  const signal = AbortSignal.timeout(MODELS_TIMEOUT)
  const call = { method: 'GET', path: '/v1/models', headers: {}, body: new Uint8Array(), signal } as const
  const response = await backend.send(call).catch(() => undefined)
  if (response === undefined)
    throw new CommandFailure('The upstream server cannot be reached. Is it running?')
  const models = await readModels(response).catch(() => undefined)
  const [first] = isJsonObject(models) && Array.isArray(models['data']) ? (models['data'] as unknown[]) : []
  if (isJsonObject(first) && typeof first['id'] === 'string') return first['id']
  throw new CommandFailure('The upstream server names no model. Say which one: --model NAME.')
}

/** The JSON of a list of models; undefined if it is too long: the upstream's word is not taken for its size. */
async function readModels(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MODELS_LIMIT) return undefined
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** What was answered, empty for a call of a tool. The client answers for the list only, not for what is in it. */
function contentOf({ choices }: ChatCompletion): string {
  const [first]: readonly unknown[] = choices
  const message = isJsonObject(first) ? first['message'] : undefined
  if (!isJsonObject(message)) throw new CommandFailure('The upstream server gave an answer without choices.')
  return typeof message['content'] === 'string' ? message['content'] : ''
}

/** One line of the report. Every text is cleaned here: several of them are the upstream's. */
function row(label: string, text: string): string {
  return `  ${label.padEnd(12)}${oneLine(text)}`
}

/** What somebody on the way sees in place of the text, in hexadecimal: the last bytes that are kept are ciphertext and tag. */
function endOf(wire: Uint8Array): string {
  return `…${Buffer.from(wire.subarray(-SHOWN_BYTES)).toString('hex')}`
}

function oneLine(text: string): string {
  // What a model or its server says may hold terminal escapes.
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.length > 240 ? `${line.slice(0, 240)}…` : line
}

function number(value: number): string {
  return value.toLocaleString('en')
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : number(Math.round(value))} ms`
}
