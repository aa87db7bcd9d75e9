/** Calls that fail, with markers in them which no error may show. */
import type { SecureChatCompletion } from '@nomyo/client'
import { vi } from 'vitest'
import { ask, failureOf } from './client.ts'
import { expectNoSecrets } from './no-secrets.ts'

/** What the calls carry. */
export const API_KEY = 'sk-marker-5f3a91'
export const PROMPT = 'prompt-marker-77c2'
export const SECRETS = [API_KEY, PROMPT]
/** ms, far more than anything here takes that is not a hang. */
export const AT_ONCE = 5_000

/** The failure of one call with markers in it, which shows none of them. */
export async function failedCall(client: SecureChatCompletion, signal?: AbortSignal): Promise<Error> {
  const error = await failureOf(() =>
    client.create(ask(PROMPT), { apiKey: API_KEY, ...(signal === undefined ? {} : { signal }) }),
  )
  expectNoSecrets(error, SECRETS)
  return error
}

/** Becomes true soon; looked at again and again. */
export function until(condition: () => boolean): Promise<boolean> {
  return vi.waitUntil(condition, { interval: 5, timeout: AT_ONCE })
}
