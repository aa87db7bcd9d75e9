/** Which opened requests may go on to the models' server, and in what form. */
import { parseJsonObject, PLAINTEXT_JSON, type Bytes, type JsonObject } from '@nomyo/core'
import { isAllowedPath, type InnerRequest } from '@nomyo/core/exchange'
import { isAllowed } from '../access/tiers.js'
import type { RouterConfig } from '../options.js'
import { SECURITY_TIERS, type SecurityTier } from '../protocol.js'
import { isAmbiguous } from '../v1/payload.js'

/** Why a request that opened is not passed on. */
export type Refused = 'clock' | 'method' | 'path' | 'tier' | 'request' | 'model'

/** A request for the models' server, or why there is none. */
export type Passage =
  | { readonly method: 'GET' | 'POST'; readonly body: Bytes; readonly refused?: undefined }
  | { readonly refused: Refused }

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
  const payload = parseJsonObject(body, PLAINTEXT_JSON)
  if (payload === undefined) {
    if (isStateful || tiers === undefined) return { refused: 'request' }
    const model = await modelOfForm(headers, body)
    return model !== undefined && isAllowed(tiers, tier, model) ? { method, body } : { refused: 'model' }
  }
  if (Object.keys(payload).some(isAmbiguous)) return { refused: 'request' }
  if (tiers !== undefined && !mayUse(payload, tiers, tier)) return { refused: 'model' }
  // Written afresh, so that no name stands twice in it; and nothing is kept at the models' server.
  const rewritten = isStateful ? { ...payload, store: false } : payload
  return { method, body: new TextEncoder().encode(JSON.stringify(rewritten)) }
}

/** The tier of that name, if there is one. */
export function tierOf(given: string | null): SecurityTier | undefined {
  return SECURITY_TIERS.find((known) => known === given)
}

function mayUse(
  { model }: JsonObject,
  tiers: NonNullable<RouterConfig['tiers']>,
  tier: SecurityTier | undefined,
): boolean {
  return typeof model === 'string' && isAllowed(tiers, tier, model)
}

/** The model that a form names, such as one with an upload. */
async function modelOfForm(headers: InnerRequest['headers'], body: Bytes): Promise<string | undefined> {
  const contentType = headers['content-type'] ?? ''
  if (!contentType.startsWith('multipart/form-data')) return undefined
  try {
    const form = await new Response(body, { headers: { 'content-type': contentType } }).formData()
    const models = form.getAll('model')
    return models.length === 1 && typeof models[0] === 'string' ? models[0] : undefined
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
