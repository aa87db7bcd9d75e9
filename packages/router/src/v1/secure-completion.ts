/** Protocol 1.0: one sealed chat completion in, one sealed answer out; failures are plain. */
import { ALGORITHM, maxEnvelopeBytes, PayloadTooLargeError, seal } from '@nomyo/core'
import type { Bytes, JsonObject } from '@nomyo/core'
import { isAllowed } from '../access/tiers.js'
import { dispatch, readAnswer } from '../backend/dispatch.js'
import { Failure } from '../failure.js'
import { Deadline } from '../http/deadline.js'
import { COMPLETION_PATH, ENVELOPE_TYPE, PAYLOAD_ID_HEADER, SECURE_COMPLETION_PATH } from '../protocol.js'
import type { Call } from '../routes/call.js'
import { readBody, requireApiKey, requireMediaType } from '../routes/guards.js'
import type { Route } from '../routes/route.js'
import { readHead, type RequestHead } from './head.js'
import { backendBody, modelOf } from './payload.js'

/** The endpoint of protocol 1.0. */
export const secureCompletionRoute: Route = { path: SECURE_COMPLETION_PATH, method: 'POST', handle }

async function handle(call: Call): Promise<Response> {
  if (!call.config.versions.includes('1.0')) throw new Failure('not_found')
  await requireApiKey(call)
  requireMediaType(call, ENVELOPE_TYPE)
  const head = await readHead(call.request.headers, call.config.clientKeys)
  call.note({ payloadID: head.payloadID, tier: head.tier })
  const payload = await openRequest(call)
  requireAllowed(call, head, modelOf(payload))
  const answer = await ask(call, payload)
  return sealed(call, head, answer)
}

async function openRequest(call: Call): Promise<JsonObject> {
  const { keyRing, limits } = call.config
  const envelope = await readBody(call, maxEnvelopeBytes(limits.maxPlaintextBytes))
  return keyRing.open(envelope, limits.maxPlaintextBytes)
}

function requireAllowed({ config }: Call, { tier }: RequestHead, model: string): void {
  if (config.tiers !== undefined && !isAllowed(config.tiers, tier, model))
    throw new Failure('model_not_allowed')
}

async function ask(call: Call, payload: JsonObject): Promise<JsonObject> {
  const body = backendBody(payload)
  const headers = { 'accept': 'application/json', 'content-type': 'application/json' }
  const deadline = new Deadline(call.config.limits.backendTimeout, call.request.signal)
  try {
    const response = await dispatch(call, { method: 'POST', path: COMPLETION_PATH, headers, body }, deadline)
    return await readAnswer(call, response, deadline)
  } finally {
    deadline.clear()
    body.fill(0)
  }
}

async function sealed(call: Call, head: RequestHead, answer: JsonObject): Promise<Response> {
  const processedAt = Math.floor(call.config.now() / 1000)
  const plaintext = new TextEncoder().encode(
    JSON.stringify({ ...answer, _metadata: metadata(head.payloadID, processedAt) }),
  )
  try {
    const envelope = await sealAnswer(call, head, plaintext, processedAt)
    call.note({ answerBytes: envelope.length })
    const headers = { 'content-type': ENVELOPE_TYPE, [PAYLOAD_ID_HEADER]: head.payloadID }
    return new Response(envelope, { headers })
  } finally {
    plaintext.fill(0)
  }
}

async function sealAnswer(
  { config }: Call,
  { clientKey }: RequestHead,
  plaintext: Bytes,
  processedAt: number,
): Promise<Bytes> {
  const { maxAnswerBytes } = config.limits
  try {
    return await seal(plaintext, clientKey, { maxPlaintextBytes: maxAnswerBytes, processedAt })
  } catch (error) {
    throw PayloadTooLargeError.isInstance(error) ? new Failure('answer_too_large') : error
  }
}

function metadata(payloadID: string, processedAt: number): JsonObject {
  return {
    payload_id: payloadID,
    processed_at: processedAt,
    is_encrypted: true,
    encryption_algorithm: ALGORITHM,
    response_status: 'success',
  }
}
