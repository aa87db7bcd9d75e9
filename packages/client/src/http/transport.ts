/** One HTTP request, once: the only place that imports ofetch. */
import { SecurityError, type Bytes } from '@nomyo/core'
import { discard } from '@nomyo/core/internal'
import { createFetch } from 'ofetch'
import { assertCertificatesAreChecked } from './certificates.js'
import { connectionError } from './connection-error.js'

/** What is sent. */
export interface HttpRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Bytes
  readonly signal: AbortSignal
}

/** Sends a request and gives the response with its body unread, whatever its status. */
export type Transport = (request: HttpRequest) => Promise<Response>

/**
 * A transport on `fetch`, by default the global one as it is at the time of each request. Of ofetch only
 * the plain request is used: its retries would replay a sealed body, its time limit ends at the headers,
 * and its parsing would read the body without a limit.
 */
export function createTransport(fetch?: typeof globalThis.fetch): Transport {
  const ofetch = createFetch({ fetch: async (input, init) => (fetch ?? globalThis.fetch)(input, init) })
  return async (request) => {
    assertCertificatesAreChecked(request.url)
    const { url, method, headers, body, signal } = request
    const options = {
      method,
      headers: { ...headers },
      signal,
      redirect: 'manual',
      // What somebody forged once must not stay in a browser's cache for as long as he wished. Workers of Cloudflare, which
      // may not know the option, have no such cache.
      ...('location' in globalThis ? ({ cache: 'no-store' } as const) : {}),
      ...(body ? { body: carried(body) } : {}),
    } as const
    let response: Response
    try {
      response = await ofetch.raw(url, {
        ...options,
        retry: 0,
        responseType: 'stream',
        ignoreResponseError: true,
      })
    } catch (error) {
      throw connectionError(error, signal)
    }
    assertNoRedirect(response)
    return response
  }
}

/** Bytes from which a body is large. */
const LARGE = 64 * 1024

/**
 * Of a large body a browser takes a Blob in half the time: bytes pass through the page's own thread on their way to its
 * network process. Only browsers have XMLHttpRequest; elsewhere a Blob would be one more copy.
 */
function carried(bytes: Bytes): Bytes | Blob {
  return bytes.length >= LARGE && 'XMLHttpRequest' in globalThis ? new Blob([bytes]) : bytes
}

/**
 * A redirect would carry the request, and whoever answers it, to a place that nobody named. A `fetch` that
 * was passed in may have followed one nevertheless.
 */
function assertNoRedirect(response: Response): void {
  const { type, status, redirected } = response
  if (!redirected && type !== 'opaqueredirect' && !(status >= 300 && status < 400)) return
  discard(response.body)
  throw new SecurityError(
    'redirect_refused',
    'The router answered with a redirect, which is not followed. Set baseURL to the final address.',
  )
}
