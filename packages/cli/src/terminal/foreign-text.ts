/** Text of somebody who is not trusted, such as a model, on its way to a terminal. */
import { stripVTControlCharacters } from 'node:util'

/** Operating system commands and the like begin so, and have a text of their own, which is not shown either. */
const OPENED = '(?:\\u001B[\\]PX^_]|[\\u0090\\u0098\\u009D-\\u009F])[^\\u0007\\u001B\\u009C]{0,1024}'
const STRINGS = new RegExp(`${OPENED}(?:\\u0007|\\u001B\\\\|\\u009C)`, 'g')

/** All other controls but tab and line feed, and what turns the direction of text around. */
const CONTROLS = /[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu

/** What may go on in the next piece: an escape sequence, or a character of two code units. */
const UNFINISHED = new RegExp(
  [
    '(?:\\u001B\\[|\\u009B)[0-?]{0,64}[ -/]{0,8}',
    '\\u001B[ -/]{0,8}',
    `${OPENED}\\u001B?`,
    '[\\uD800-\\uDBFF]',
  ]
    .map((one) => `${one}$`)
    .join('|'),
)

/** Takes escape sequences and control characters out of a text that comes in pieces, wherever it is cut. */
export class ForeignText {
  #held = ''

  /** What of the text so far can be shown. */
  next(piece: string): string {
    const text = this.#held + piece
    const cut = text.search(UNFINISHED)
    this.#held = cut === -1 ? '' : text.slice(cut)
    return cleaned(cut === -1 ? text : text.slice(0, cut))
  }

  /** The rest. */
  end(): string {
    const rest = cleaned(this.#held)
    this.#held = ''
    return rest
  }
}

function cleaned(text: string): string {
  return stripVTControlCharacters(text.replace(STRINGS, '')).replace(CONTROLS, '')
}
