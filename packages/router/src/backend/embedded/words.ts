/** Words: what this responder counts in place of tokens. */

/**
 * The words of `text`, each with the white space before it (and the last one with what follows), so that
 * joining them gives the text again.
 */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let start = 0
  let inWord = false
  for (let i = 0; i < text.length; i++) {
    const isSpace = isWhiteSpace(text.charCodeAt(i))
    if (inWord && isSpace) {
      words.push(text.slice(start, i))
      start = i
    }
    inWord = !isSpace
  }
  const rest = text.slice(start)
  if (inWord || words.length === 0) return rest === '' ? words : [...words, rest]
  return [...words.slice(0, -1), words.at(-1)! + rest]
}

/** How many words `text` has. */
export function countWords(text: string): number {
  let count = 0
  let inWord = false
  for (let i = 0; i < text.length; i++) {
    const isSpace = isWhiteSpace(text.charCodeAt(i))
    if (!isSpace && !inWord) count++
    inWord = !isSpace
  }
  return count
}

/** How many Unicode code points `text` has: a letter outside the basic plane counts once. */
export function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function isWhiteSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit === 0xa0
}
