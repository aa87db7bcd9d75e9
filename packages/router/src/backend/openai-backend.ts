import type { Backend, BackendCall } from './backend.js'

/** How an OpenAI-compatible server is reached. */
export interface OpenAIBackendOptions {
  /** Such as `http://localhost:11434/v1`; a trailing `/` or `/v1` means the same, a prefix is kept. */
  readonly baseURL: string
  /** The router's own key for that server, sent as `Authorization: Bearer`. */
  readonly apiKey?: string
  /**
   * Default: the global `fetch`, looked up at each call. Node's own gives up after 300 s without an answer:
   * pass another one, or a dispatcher of undici, for models that think longer.
   */
  readonly fetch?: typeof fetch
}

/** The only headers that go on: never the client's Authorization. */
const FORWARDED = ['accept', 'content-type']

/**
 * Sends opened requests to any server of OpenAI's API (Ollama, vLLM, llama.cpp). Redirects are not
 * followed: they would carry prompts to somebody that nobody has named.
 * @throws TypeError for a base URL or a key that cannot be used; neither is quoted.
 */
export function openAIBackend(options: OpenAIBackendOptions): Backend {
  const base = normalise(options.baseURL)
  const { apiKey, fetch: given } = options
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError('apiKey must consist of visible ASCII characters.')
  }
  return {
    async send(call) {
      const send = given ?? globalThis.fetch
      return send(base + call.path, {
        method: call.method,
        headers: headersOf(call, apiKey),
        redirect: 'manual',
        signal: call.signal,
        ...(call.method === 'GET' ? {} : { body: call.body }),
      })
    },
  }
}

function headersOf(call: BackendCall, apiKey: string | undefined): Record<string, string> {
  const forwarded = Object.entries(call.headers).filter(([name]) => FORWARDED.includes(name))
  return {
    ...Object.fromEntries(forwarded),
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  }
}

function normalise(baseURL: string): string {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('baseURL must be an http: or https: URL.')
  }
  if (url.username !== '' || url.password !== '') throw new TypeError('baseURL must hold no credentials.')
  if (/[?#]/.test(baseURL)) throw new TypeError('baseURL must have no query and no fragment.')
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '')
}
