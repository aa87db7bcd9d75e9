/** Names that are no options: a misspelt one must not be ignored, since it may be the one that says where a prompt goes. */

/** Where the path that the Python client takes goes to. */
export const PEM_STORE = 'keyStore: pemKeyStore({ dir }) from @nomyo/keystore-pem'

/** What is said elsewhere, or in another way, than in the Python client: without capitals and underscores. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['baseurl', 'baseURL, at construction'],
  ['allowhttp', 'allowHttp, at construction'],
  ['securememory', 'nothing: see SECURITY.md for what can be overwritten in JavaScript'],
  ['keydir', PEM_STORE],
  ['savetofile', PEM_STORE],
  ['privatekeypath', PEM_STORE],
  ['publickeypath', PEM_STORE],
])

/** @throws TypeError for a name that is none of `known`, with the one that is meant. */
export function assertKnownNames(given: object, known: readonly string[], what: string): void {
  const name = Object.keys(given).find((key) => !known.includes(key))
  if (name === undefined) return
  const near = known.find((one) => plain(one) === plain(name))
  const elsewhere = ELSEWHERE.get(plain(name))
  const hint = near ? `Do you mean ${near}?` : `Use ${elsewhere ?? `one of ${known.join(', ')}`}.`
  throw new TypeError(`${what} has no option ${JSON.stringify(name)}. ${hint}`)
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '')
