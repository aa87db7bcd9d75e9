/** The secrets that the tests of one file have used, and whether a text shows one. */
import { formsOf } from '../no-secrets.ts'

/** What a secret is. */
export type SecretKind = 'message' | 'password' | 'API key' | 'private key'

/** Shorter ones stand in texts by chance. */
const LEAST = 10
/** The most that are looked for in one file: those that came last. */
const MOST = 400

/** By what they are: the forms in which they may be seen. */
const known = new Map<string, { readonly kind: SecretKind; readonly forms: readonly string[] }>()

/** Looks for `text` from now on. */
export function watchFor(kind: SecretKind, text: string): void {
  const name = `${kind} ${text}`
  if (text.length < LEAST || known.has(name)) return
  known.set(name, { kind, forms: formsOf(text) })
  const [oldest] = known.keys()
  if (known.size > MOST) known.delete(oldest!)
}

/** The kinds of which one shows in `text`. */
export function kindsIn(text: string, kinds?: readonly SecretKind[]): SecretKind[] {
  const found = new Set<SecretKind>()
  for (const { kind, forms } of known.values()) {
    if (kinds !== undefined && !kinds.includes(kind)) continue
    if (!found.has(kind) && forms.some((form) => text.includes(form))) found.add(kind)
  }
  return [...found]
}
