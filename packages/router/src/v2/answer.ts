/** From the answer of the models' server, or from a refusal, to the sealed stream. */
import type { Bytes } from '@nomyo/core'
import { STREAMED_FRAME_BYTES, type ResponseMeta, type SealedPart } from '@nomyo/core/exchange'
import { abortable } from '@nomyo/core/internal'
import type { Deadline } from '../http/deadline.js'
import { Failure } from '../failure.js'
import type { Call } from '../routes/call.js'
import { piecesOf } from './pieces.js'
import { REFUSALS, type Refused } from './policy.js'
import { sealed, type Exchange } from './sealed-response.js'

/** Of the answer's own headers, those that the client gets, inside. */
const PASSED =
  /^(content-type|content-disposition|retry-after|retry-after-ms|x-request-id|x-ratelimit-[a-z-]{1,64})$/
const EVENT_STREAM = /^text\/event-stream\b/i
/**
 * Bytes that are not added to. More than one frame, for a client that is slower than the models' server: one that gets
 * each frame in a chunk of HTTP of its own stops and starts its connection for each, and Node's fetch then reads on.
 */
const ENOUGH = 32 * 1024
/** Event streams that are whole only with this event. */
const ENDS_WITH_DONE = ['/v1/chat/completions', '/v1/completions']
const DONE = /data: ?\[DONE\]\s*$/

/** The sealed stream of a refusal of our own. */
export async function refusalAnswer(exchange: Exchange, refused: Refused): Promise<Response> {
  const [status, message] = REFUSALS[refused]
  exchange.call.note({ refused })
  const meta = await metaOf(exchange, status, JSON_HEADERS, refused)
  return sealed(exchange, errorParts(meta, message, refused))
}

/** The sealed stream of a failure after the request had opened. */
export async function failureAnswer(exchange: Exchange, failure: Failure): Promise<Response> {
  exchange.call.note({ failure: failure.code })
  const meta = await metaOf(exchange, failure.status, { ...JSON_HEADERS, ...failure.headers })
  return sealed(exchange, errorParts(meta, failure.message, failure.code))
}

/** What the models' server was asked with. */
interface Asked {
  readonly deadline: Deadline
  /** Overwritten when the answer ends. */
  readonly body: Bytes
}

/** The sealed stream of what the models' server answers, as it comes. */
export async function backendAnswer(
  exchange: Exchange,
  response: Response,
  { deadline, body }: Asked,
): Promise<Response> {
  const headers = passedHeaders(response.headers)
  const meta = await metaOf(exchange, response.status, headers)
  const isStream = EVENT_STREAM.test(headers['content-type'] ?? '')
  const reader = response.body?.getReader()
  const parts = backendParts(exchange, reader, { meta, isStream, deadline })
  const end = (isCut: boolean): void => {
    if (isCut) deadline.abort()
    deadline.clear()
    body.fill(0)
    // After the body's end this ends nothing; before it, it tells a backend that knows no signals.
    reader?.cancel().catch(() => undefined)
  }
  return sealed(exchange, parts, isStream ? { end, frameBytes: STREAMED_FRAME_BYTES } : { end })
}

const JSON_HEADERS = { 'content-type': 'application/json' } as const

async function metaOf(
  { call, payloadID }: Exchange,
  status: number,
  headers: Readonly<Record<string, string>>,
  refused?: Refused,
): Promise<ResponseMeta> {
  const { capabilities, now } = call.config
  const common = { status, headers, payload_id: payloadID, caps_hash: await capabilities.hash(), t: now() }
  return refused === undefined ? common : { ...common, refused }
}

function* errorParts(
  meta: ResponseMeta,
  message: string,
  code: string,
): Generator<readonly SealedPart[], void, undefined> {
  const error = { message, type: 'nomyo_router_error', param: null, code }
  const bytes = new TextEncoder().encode(JSON.stringify({ error }))
  yield [
    { kind: 'meta', meta },
    { kind: 'data', bytes, isFinal: true },
  ]
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array>

interface Streaming {
  readonly meta: ResponseMeta
  readonly isStream: boolean
  readonly deadline: Deadline
}

async function* backendParts(
  { call, opened }: Exchange,
  reader: BodyReader | undefined,
  { meta, isStream, deadline }: Streaming,
): AsyncGenerator<readonly SealedPart[], void, undefined> {
  const held: SealedPart[] = [{ kind: 'meta', meta }]
  const [path = ''] = opened.request.path.split('?', 1)
  const needsDone = isStream && meta.status < 300 && ENDS_WITH_DONE.includes(path)
  let tail = ''
  try {
    for await (const bytes of bodyPieces(call, reader, { isStream, deadline })) {
      if (needsDone) tail = (tail + new TextDecoder('latin1').decode(bytes.subarray(-32))).slice(-32)
      const part: SealedPart = bytes.length === 0 ? { kind: 'pad' } : { kind: 'data', bytes }
      yield* isStream ? atOnce(held, part) : oneBehind(held, part)
    }
    if (needsDone && !DONE.test(tail)) throw new Failure('backend_broke_off')
    const last = held.pop() ?? { kind: 'pad' }
    yield [...held, { ...last, isFinal: true }]
  } catch (error) {
    const failure = broken(error, deadline)
    deadline.abort() // what is still being generated is generated for nobody
    call.config.logger.warn('answer broke off', { ...call.fields, failure: failure.code })
    yield [...held, { kind: 'error', code: failure.code, message: failure.message }]
  }
}

/** META has waited a little for the first piece. That none came is not worth a frame. */
function* atOnce(held: SealedPart[], part: SealedPart): Generator<readonly SealedPart[], void, undefined> {
  const isAlone = held.length > 0 && part.kind === 'pad'
  yield isAlone ? held.splice(0) : [...held.splice(0), part]
}

/** Of a whole answer one piece is held back, so that the last one can say so: then META leaves with it. */
function* oneBehind(held: SealedPart[], part: SealedPart): Generator<readonly SealedPart[], void, undefined> {
  if (held.some(({ kind }) => kind === 'data')) yield held.splice(0)
  held.push(part)
  if (part.kind === 'pad') yield held.splice(0)
}

/** The answer's body in pieces, as long as it keeps the limits. */
async function* bodyPieces(
  { config }: Call,
  reader: BodyReader | undefined,
  { isStream, deadline }: Pick<Streaming, 'isStream' | 'deadline'>,
): AsyncGenerator<Bytes, void, undefined> {
  if (reader === undefined) return
  const { maxStreamBytes, coalesce, heartbeat } = config.limits
  const read = async (): ReturnType<typeof reader.read> => abortable(reader.read(), deadline.signal)
  let [size, isRead] = [0, false]
  const pauses = isStream ? { coalesce, patience: coalesce } : { coalesce: 0 }
  const rules = { enough: ENOUGH, heartbeat, ...pauses }
  try {
    for await (const bytes of piecesOf({ read }, rules)) {
      size += bytes.length
      if (size > maxStreamBytes) throw new Failure('answer_too_large')
      yield bytes
    }
    isRead = true
  } finally {
    // Before the end this ends what is being generated.
    if (!isRead) reader.cancel().catch(() => undefined)
  }
}

function broken(error: unknown, deadline: Deadline): Failure {
  if (error instanceof Failure) return error
  if (deadline.expired) return new Failure('backend_timeout')
  return new Failure(deadline.signal.aborted ? 'client_gone' : 'backend_broke_off')
}

function passedHeaders(headers: Headers): Record<string, string> {
  const passed: Record<string, string> = {}
  headers.forEach((value, name) => {
    if (PASSED.test(name) && /^[\t\x20-\x7e]{0,512}$/.test(value)) passed[name] = value
  })
  return passed
}
