/** Calls that fail, with markers in them which no error may show. */
import type { SecureChatCompletion } from '@nomyo/client'
import { vi } from 'vitest'
import { ask, failureOf } from './client.ts'
import { API_KEY } from './markers.ts'

/** ms, far more than anything here takes that is not a hang. */
export const AT_ONCE = 5_000

/** The failure of one call with an API key. */
export async function failedCall(client: SecureChatCompletion, signal?: AbortSignal): Promise<Error> {
  return failureOf(() =>
    client.create(ask(), { apiKey: API_KEY, ...(signal === undefined ? {} : { signal }) }),
  )
}

/** Becomes true soon; looked at again and again. */
export function until(condition: () => boolean): Promise<boolean> {
  return vi.waitUntil(condition, { interval: 5, timeout: AT_ONCE })
}
