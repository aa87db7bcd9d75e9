/** Names that others have given, such as a router to a model, or whoever sent a picture to its file. */

/** Characters that are shown at most. */
const LONGEST = 100
/** Controls, what turns the direction of all that follows around, and what is there but cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The name as it can stand within a line, so that the words around it stay what they are. */
export function shownName(name: string): string {
  const seen = [...name.slice(0, 4 * LONGEST).replaceAll(UNSEEN, '')]
  return seen.length > LONGEST ? `${seen.slice(0, LONGEST).join('')}…` : seen.join('')
}
