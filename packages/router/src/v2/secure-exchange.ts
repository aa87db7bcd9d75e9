/** Protocol 2.0: the order of checks in docs/protocol.md, and one exchange from end to end. */
import { NomyoError, type Bytes } from '@nomyo/core'
import {
  CLOCK_WINDOW,
  maxSealedRequestBytes,
  openRequest,
  readRequestHead,
  REQUEST_TYPE,
  SEALED_PATH,
  type OpenedRequest,
} from '@nomyo/core/exchange'
import { abortable } from '@nomyo/core/internal'
import { tierOf } from '../access/tiers.js'
import { answerOf } from '../backend/dispatch.js'
import { Failure } from '../failure.js'
import { Deadline } from '../http/deadline.js'
import { TIER_HEADER, PAYLOAD_ID, PAYLOAD_ID_HEADER } from '../protocol.js'
import { toHex } from '../lib/hex.js'
import type { Call } from '../routes/call.js'
import { readBody, requireApiKey, requireMediaType } from '../routes/guards.js'
import type { Route } from '../routes/route.js'
import { backendAnswer, failureAnswer, refusalAnswer } from './answer.js'
import { passageOf } from './policy.js'
import type { Exchange } from './sealed-response.js'

/** ms for which a request that was processed is remembered: longer than its time is accepted. */
const CLAIM_TTL: number = 2 * CLOCK_WINDOW + 60_000

/** The endpoint of protocol 2.0. */
export const secureExchangeRoute: Route = { path: SEALED_PATH, method: 'POST', handle }

async function handle(call: Call): Promise<Response> {
  if (!call.config.versions.includes('2.0')) throw new Failure('not_found')
  requireMediaType(call, REQUEST_TYPE)
  await requireApiKey(call)
  const bytes = await readBody(call, maxSealedRequestBytes(call.config.limits.maxPlaintextBytes))
  const opened = await openSealed(call, bytes)
  const payloadID = call.request.headers.get(PAYLOAD_ID_HEADER)!
  const exchange = { call, opened, payloadID }
  try {
    return await answer(exchange)
  } catch (error) {
    if (error instanceof Failure && error.isPlain) {
      opened.wipe()
      throw error
    }
    return failureAnswer(exchange, call.failureOf(error))
  }
}

/** @throws Failure `key_unknown`, `busy`, or `undecryptable`, which is one and the same for every cause. */
async function openSealed(call: Call, bytes: Bytes): Promise<OpenedRequest> {
  const { keyRing, limits, opening } = call.config
  const head = readRequestHead(bytes)
  if (head === undefined) throw new Failure('undecryptable')
  const pair = await keyRing.findOrReload(head.fingerprint)
  if (pair === undefined) throw new Failure('key_unknown')
  const { headers } = call.request
  const [payloadID, tier] = [headers.get(PAYLOAD_ID_HEADER) ?? '', headers.get(TIER_HEADER) ?? undefined]
  const context = { payloadID, tier, authorization: headers.get('authorization') ?? undefined }
  const opened = await opening.run(() =>
    openRequest(bytes, pair, context, { maxBodyBytes: limits.maxPlaintextBytes }).catch((error: unknown) => {
      throw NomyoError.isInstance(error) ? new Failure('undecryptable') : error
    }),
  )
  // Only now: what is wrong with the id must not look different from what is wrong with the rest.
  if (PAYLOAD_ID.test(payloadID)) return opened
  opened.wipe()
  throw new Failure('undecryptable')
}

async function answer(exchange: Exchange): Promise<Response> {
  const { call, opened } = exchange
  const { config, request } = call
  if (!isTimely(call, opened)) return refusalAnswer(exchange, 'clock')
  if (!(await claim(call, opened))) throw new Failure('undecryptable', {}, true)
  const tier = request.headers.get(TIER_HEADER)
  call.note({ payloadID: exchange.payloadID, tier: tierOf(tier) })
  const passage = await passageOf(config, opened.request, tier)
  if (passage.refused !== undefined) return refusalAnswer(exchange, passage.refused)
  const { method, body, contentType } = passage
  const { path } = opened.request
  const headers = acceptedHeaders(opened.request.headers, contentType)
  const deadline = new Deadline(config.limits.backendTimeout, request.signal)
  try {
    const response = await answerOf(call, { method, path, headers, body }, deadline)
    return await backendAnswer(exchange, response, { deadline, body })
  } catch (error) {
    deadline.abort()
    deadline.clear()
    body.fill(0)
    throw error
  }
}

function isTimely({ config }: Call, { issuedAt }: OpenedRequest): boolean {
  const { knowsSince = 0 } = config.replayStore
  return Math.abs(config.now() - issuedAt) <= CLOCK_WINDOW && issuedAt >= knowsSince
}

async function claim({ config, request }: Call, { claim: hash }: OpenedRequest): Promise<boolean> {
  const id = toHex(hash)
  const { replayStore, limits } = config
  const deadline = new Deadline(limits.claimTimeout, request.signal)
  try {
    return await abortable(replayStore.claim(id, CLAIM_TTL), deadline.signal)
  } catch {
    throw new Failure('replay_store_unavailable', {}, true)
  } finally {
    deadline.clear()
  }
}

/** What a models' server needs; everything else of the client's own headers stays here. */
function acceptedHeaders(
  { accept, 'content-type': given }: Readonly<Record<string, string>>,
  contentType: string | undefined = given,
): Record<string, string> {
  return {
    ...(accept === undefined ? {} : { accept }),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
  }
}
