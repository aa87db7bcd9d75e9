/** Looks for planted markers in everything that an error shows, to a person, a log or a program. */

interface NodeUtil {
  inspect(value: unknown, options: object): string
}

/**
 * Throws if any of `secrets` can be seen in `error`: message, stack, string, JSON, Node's inspect with
 * hidden fields, and every own field, `cause` included, at any depth; as it is, in base64, in hexadecimal,
 * percent-encoded or escaped as JSON.
 */
export function assertNoSecrets(error: unknown, secrets: readonly string[]): void {
  const views = viewsOf(error)
  for (const secret of secrets) {
    if (secret.length < 8) throw new Error('a marker shorter than 8 characters proves nothing')
    for (const form of formsOf(secret)) {
      for (const [view, text] of views) {
        if (text.includes(form)) throw new Error(`a marker shows in the error's ${view}: ${secret}`)
      }
    }
  }
}

/** Every text in which an error can be seen, by the name of the view. */
export function viewsOf(error: unknown): [view: string, text: string][] {
  const views: [string, string][] = [
    ['string', String(error)],
    ['JSON', JSON.stringify(error) ?? ''],
    ['fields', fieldsOf(error, new Set()).join('\n')],
    ['structured clone', fieldsOf(cloneOf(error), new Set()).join('\n')],
  ]
  if (error instanceof Error) views.push(['message', error.message], ['stack', String(error.stack)])
  const options = { depth: Infinity, showHidden: true, getters: true, maxStringLength: Infinity }
  const inspected = nodeUtil()?.inspect(error, options)
  if (inspected !== undefined) views.push(['inspect', inspected])
  return views
}

/** What another thread or a database would be given of it; nothing if a field cannot be cloned. */
function cloneOf(error: unknown): unknown {
  try {
    return structuredClone(error)
  } catch {
    return undefined
  }
}

/** The forms in which `secret` may stand in a text. */
export function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret)
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  // Without its last characters, base64 is the same however the text goes on.
  const base64 = btoa(binary).replace(/..?=*$/, '')
  return [secret, base64, hex, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
}

function fieldsOf(value: unknown, seen: Set<unknown>): string[] {
  if (value instanceof ArrayBuffer) return fieldsOf(new Uint8Array(value), seen)
  if (value instanceof Uint8Array) return [new TextDecoder('latin1').decode(value)]
  if (typeof value !== 'object' && typeof value !== 'function') return [String(value as number)]
  if (value === null || seen.has(value)) return []
  seen.add(value)
  return Reflect.ownKeys(value).flatMap((key) => [
    String(key),
    ...fieldsOf(Reflect.get(value, key) as unknown, seen),
  ])
}

function nodeUtil(): NodeUtil | undefined {
  const runtime = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process
  return runtime?.getBuiltinModule?.('node:util') as NodeUtil | undefined
}
