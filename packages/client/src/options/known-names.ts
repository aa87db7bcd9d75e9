/**
 * @throws TypeError for a name that is none of `known`: a misspelt option must not be ignored, since it may be
 * the one that says where a prompt goes.
 */
export function assertKnownNames(given: object, known: readonly string[], what: string): void {
  const name = Object.keys(given).find((key) => !known.includes(key))
  if (name === undefined) return
  const near = known.find((one) => plain(one) === plain(name))
  const hint = near === undefined ? `It has ${known.join(', ')}.` : `Do you mean ${near}?`
  throw new TypeError(`${what} has no option ${JSON.stringify(name)}. ${hint}`)
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '')
