import { createSecureFetch, type KeyStore, type TrustStore } from '@nomyo/client'

/** Names that are taken of a list at most, and characters of one. */
const MOST = 500
const LONGEST = 200

/**
 * What asks the router for its models, sealed, which only protocol 2.0 carries this through. It gives none for a router that
 * does not say, or cannot be reached: any name can be typed all the same.
 */
export function modelList(keyStore: KeyStore & TrustStore): () => Promise<readonly string[]> {
  const { origin, protocol } = location
  // Without the hooks of the chat: what stands beside the conversation is what the conversation sent.
  const fetch = createSecureFetch({
    baseURL: origin,
    allowHttp: protocol === 'http:',
    keyStore,
    logLevel: 'off',
  })
  return async () => {
    try {
      const response = await fetch(`${origin}/v1/models`)
      return response.ok ? namesIn(await response.json()) : []
    } catch {
      return []
    }
  }
}

function namesIn(body: unknown): readonly string[] {
  const { data } = (body ?? {}) as { readonly data?: unknown }
  const entries: readonly unknown[] = Array.isArray(data) ? data : []
  const names = entries.map((entry) => (entry as { readonly id?: unknown } | null)?.id)
  return [...new Set(names.filter(isUsable))].slice(0, MOST)
}

/** Whether the field can hold a name as it is: it has one line, and blanks at its ends are taken off. */
function isUsable(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= LONGEST && /^\S(?:.*\S)?$/u.test(name)
}
