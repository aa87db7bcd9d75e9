/** Looks for secrets in everything that an error can show of itself. */
import { inspect } from 'node:util'

/**
 * Fails if any of `secrets` is to be found in `error`: in its message, stack, causes, own properties
 * (hidden ones and symbols too), `inspect` or JSON, or in `log`.
 */
export function expectNoSecrets(
  error: unknown,
  secrets: readonly string[],
  log: readonly string[] = [],
): void {
  const found = findSecrets(error, secrets, log)
  if (found.length > 0) throw new Error(`secrets in an error or a log: ${found.join('; ')}`)
}

/** Where the secrets are: one line for each place. The secrets themselves are numbered, not quoted. */
function findSecrets(
  error: unknown,
  secrets: readonly string[],
  log: readonly string[] = [],
): readonly string[] {
  if (secrets.some((secret) => secret.length < 4)) throw new TypeError('a marker of under 4 characters')
  const places = [...textsOf(error, 'error', new Set()), ...log.map((line) => ['log', line] as const)]
  return secrets.flatMap((secret, index) => {
    const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]
    const hits = places.filter(([, text]) => forms.some((form) => text.includes(form)))
    return [...new Set(hits.map(([place]) => `secret ${index} in ${place}`))]
  })
}

type Place = readonly [place: string, text: string]

function textsOf(value: unknown, place: string, seen: Set<unknown>): Place[] {
  if (typeof value === 'function') return []
  if (typeof value !== 'object' || value === null) return [[place, String(value)]]
  if (seen.has(value) || seen.size > 1000) return []
  seen.add(value)
  const places: Place[] = [
    [`inspect(${place})`, inspect(value, { depth: Infinity, showHidden: true, getters: true })],
    [`JSON of ${place}`, json(value)],
  ]
  if (value instanceof Error) {
    places.push([`${place}.message`, value.message], [`${place}.stack`, value.stack ?? ''])
    places.push([`String(${place})`, String(value)])
  }
  if (value instanceof Headers) {
    for (const [name, header] of value) places.push([`${place}.${name}`, header])
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    places.push([`${place} as text`, Buffer.from(bytes).toString('utf8')])
    return places
  }
  for (const key of Reflect.ownKeys(value)) {
    const inner = read(value, key)
    if (inner !== undefined) places.push(...textsOf(inner, `${place}.${String(key)}`, seen))
  }
  return places
}

function read(object: object, key: string | symbol): unknown {
  try {
    return Reflect.get(object, key)
  } catch {
    return undefined
  }
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
