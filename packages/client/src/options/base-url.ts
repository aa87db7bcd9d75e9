import { SecurityError, ValidationError } from '@nomyo/core'

/** Where the NOMYO Router is unless `baseURL` or `NOMYO_BASE_URL` says otherwise. */
export const DEFAULT_BASE_URL = 'https://api.nomyo.ai:12434'

/** What is wrong with http:. */
export const HTTP_WARNING = 'baseURL is http:, where anybody on the way can replace the router’s key.'

/**
 * The one form of a base URL: no trailing slash and no trailing `/v1`, a prefix kept. Under this form a
 * router is remembered. The URL never appears in an error: somebody may have put a password into it.
 * @throws ValidationError for anything but an absolute http(s) URL without user, query and fragment.
 * @throws SecurityError `insecure_transport` for http without `allowHttp`.
 */
export function normalizeBaseURL(text: string, allowHttp: boolean): string {
  const url = parse(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ValidationError('baseURL must start with https://, or http:// with allowHttp.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new ValidationError('baseURL must not have a user name or password; use apiKey.')
  }
  if (/[?#]/.test(text)) throw new ValidationError('baseURL must not have a query or a fragment.')
  if (url.protocol === 'http:' && !allowHttp) {
    throw new SecurityError(
      'insecure_transport',
      `${HTTP_WARNING} Use https:, or, for local development only, allowHttp: true.`,
    )
  }
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '')
}

function parse(text: unknown): URL {
  // The URL parser drops tabs and line feeds and turns backslashes around without a word.
  if (typeof text === 'string' && !/[\s\\\p{Cc}]/u.test(text) && URL.canParse(text)) return new URL(text)
  throw new ValidationError('baseURL must be an absolute URL such as https://api.nomyo.ai:12434.')
}
