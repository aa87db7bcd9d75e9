/** Which opened requests may go on to the models' server, and in what form. */
import { parseJsonObject, PLAINTEXT_JSON, type Bytes, type JsonObject } from '@nomyo/core'
import { isAllowedPath, type InnerRequest } from '@nomyo/core/exchange'
import { isAllowed, tierOf } from '../access/tiers.js'
import { isAmbiguous } from '../backend/field-names.js'
import type { RouterConfig } from '../options.js'
import type { SecurityTier } from '../protocol.js'

/** Why a request that opened is not passed on. */
export type Refused = 'clock' | 'method' | 'path' | 'tier' | 'request' | 'model'

/** A request for the models' server, or why there is none. */
export type Passage =
  | {
      readonly method: 'GET' | 'POST'
      readonly body: Bytes
      /** In place of the client's own, if the body was written afresh. */
      readonly contentType?: string
      readonly refused?: undefined
    }
  | { readonly refused: Refused }

const JSON_TYPE = 'application/json'
const FORM = /^multipart\/form-data\b/i
const RESPONSES_PATH = '/v1/responses'

/**
 * What is passed on of a request.
 * @param given - `X-Security-Tier`, or null.
 */
export async function passageOf(
  { tiers, paths }: Pick<RouterConfig, 'tiers' | 'paths'>,
  { method, path, headers, body }: InnerRequest,
  given: string | null,
): Promise<Passage> {
  if (!isAllowedPath(path, paths)) return { refused: 'path' }
  const tier = tierOf(given)
  if (given !== null && tier === undefined) return { refused: 'tier' }
  if (method === 'GET') return { method, body: new Uint8Array() }
  if (method !== 'POST') return { refused: 'method' }
  const isStateful = path.split('?', 1)[0] === RESPONSES_PATH
  if (tiers === undefined && !isStateful) return { method, body }
  const contentType = headers['content-type'] ?? ''
  if (tiers !== undefined && !isStateful && FORM.test(contentType)) {
    return formPassage(tiers, tier, { contentType, body })
  }
  const payload = parseJsonObject(body, PLAINTEXT_JSON)
  if (payload === undefined) return { refused: isStateful ? 'request' : 'model' }
  if (Object.keys(payload).some(isAmbiguous)) return { refused: 'request' }
  if (tiers !== undefined && !mayUse(payload, tiers, tier)) return { refused: 'model' }
  // Written afresh, so that no name stands twice in it; and nothing is kept at the models' server.
  const rewritten = isStateful ? { ...payload, store: false } : payload
  // As what it is: under another name, such as that of a form, a models' server may read another model in it.
  return { method, contentType: JSON_TYPE, body: new TextEncoder().encode(JSON.stringify(rewritten)) }
}

function mayUse(
  { model }: JsonObject,
  tiers: NonNullable<RouterConfig['tiers']>,
  tier: SecurityTier | undefined,
): boolean {
  return typeof model === 'string' && isAllowed(tiers, tier, model)
}

/** A form, such as one with an upload: written afresh, so that the models' server reads no other fields than we do. */
async function formPassage(
  tiers: NonNullable<RouterConfig['tiers']>,
  tier: SecurityTier | undefined,
  given: { readonly contentType: string; readonly body: Bytes },
): Promise<Passage> {
  const form = await parseForm(given)
  if (form === undefined || [...form.keys()].some(isAmbiguous)) return { refused: 'request' }
  const [model, ...others] = form.getAll('model')
  if (others.length > 0 || typeof model !== 'string' || !isAllowed(tiers, tier, model)) {
    return { refused: 'model' }
  }
  const written = new Response(form)
  const contentType = written.headers.get('content-type')!
  return { method: 'POST', contentType, body: new Uint8Array(await written.arrayBuffer()) }
}

async function parseForm(given: {
  readonly contentType: string
  readonly body: Bytes
}): Promise<FormData | undefined> {
  try {
    return await new Response(given.body, { headers: { 'content-type': given.contentType } }).formData()
  } catch {
    return undefined
  }
}

/** The inner status and words for each refusal. */
export const REFUSALS: Readonly<Record<Refused, readonly [status: number, message: string]>> = {
  clock: [400, 'The request’s time is not within five minutes of the router’s.'],
  method: [405, 'The router passes on GET and POST only.'],
  path: [404, 'The router does not pass this path on.'],
  tier: [400, 'X-Security-Tier must be standard, high or maximum.'],
  request: [400, 'The body must be a JSON object without ambiguous names.'],
  model: [403, 'This model is not allowed for the security tier.'],
}
