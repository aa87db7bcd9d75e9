/** Calling a backend: within a time limit, and with every way to fail told apart. */
import { isJsonObject, parseJsonObject, PLAINTEXT_JSON, type Bytes, type JsonObject } from '@nomyo/core'
import { abortable, discard } from '@nomyo/core/internal'
import { Failure, type FailureCode } from '../failure.js'
import { readUpTo } from '../http/body.js'
import type { Deadline } from '../http/deadline.js'
import type { Call } from '../routes/call.js'
import type { BackendCall } from './backend.js'
import { failureOfStatus } from './status.js'

/** Statuses whose words are about the request: over 2.0 they go to the client, sealed. */
const ABOUT_THE_REQUEST = [400, 404, 405, 409, 413, 415, 422, 429]

/**
 * A backend's answer of status 2xx, or one that says what is wrong with the request. Its body is not read yet: the
 * deadline goes on.
 * @throws Failure for any other status, and if there is no answer.
 */
export async function answerOf(
  call: Call,
  request: Omit<BackendCall, 'signal'>,
  deadline: Deadline,
): Promise<Response> {
  return passed(call, await send(call, request, deadline), ABOUT_THE_REQUEST)
}

/**
 * A backend's answer of status 2xx. Its body is not read yet: the deadline goes on.
 * @throws Failure for any other status, and if there is no answer.
 */
export async function dispatch(
  call: Call,
  request: Omit<BackendCall, 'signal'>,
  deadline: Deadline,
): Promise<Response> {
  return passed(call, await send(call, request, deadline), [])
}

function passed(call: Call, response: Response, others: readonly number[]): Response {
  if (response.ok || others.includes(response.status)) return response
  discard(response.body)
  throw failureOfStatus(response, call.config.now())
}

async function send(call: Call, request: Omit<BackendCall, 'signal'>, deadline: Deadline): Promise<Response> {
  const { signal } = deadline
  // A backend that throws at once must look like one that fails later.
  const sending = Promise.resolve().then(() => call.config.backend.send({ ...request, signal }))
  const response = await abortable(sending, signal).catch((error: unknown) => {
    sending.then((late) => discard(late.body)).catch(() => undefined)
    throw noAnswer(call, deadline, error, 'backend_unreachable')
  })
  call.note({ backendStatus: response.status })
  return response
}

/**
 * The JSON object that a backend's answer is. What was read is overwritten.
 * @throws Failure `answer_too_large`, `answer_invalid`, `backend_broke_off`, `backend_timeout`, `client_gone`.
 */
export async function readAnswer(call: Call, response: Response, deadline: Deadline): Promise<JsonObject> {
  const bytes = await readBytes(call, response, deadline)
  try {
    const answer = parseJsonObject(bytes, PLAINTEXT_JSON)
    if (!isJsonObject(answer)) throw new Failure('answer_invalid')
    return answer
  } finally {
    bytes.fill(0)
  }
}

async function readBytes(call: Call, response: Response, deadline: Deadline): Promise<Bytes> {
  const { body } = response
  const limit = call.config.limits.maxAnswerBytes
  const bytes = await readUpTo(body, limit, deadline.signal).catch((error: unknown) => {
    discard(body)
    throw noAnswer(call, deadline, error, 'backend_broke_off')
  })
  if (bytes !== undefined) return bytes
  discard(body)
  throw new Failure('answer_too_large')
}

function noAnswer(call: Call, deadline: Deadline, error: unknown, otherwise: FailureCode): Failure {
  if (deadline.expired) return new Failure('backend_timeout')
  if (deadline.signal.aborted) return new Failure('client_gone')
  const cause = causeCode(error)
  call.note({ cause })
  return new Failure(cause?.endsWith('_TIMEOUT') ? 'backend_timeout' : otherwise)
}

/** Such as ECONNREFUSED or UND_ERR_HEADERS_TIMEOUT. Messages are not logged: they may quote anything. */
function causeCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; isJsonObject(at) && depth < 4; at = at['cause'], depth++) {
    const code = at['code']
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,39}$/.test(code)) return code
  }
  return undefined
}
