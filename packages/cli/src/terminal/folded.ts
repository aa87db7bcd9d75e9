/** Lines that are broken between words where they would not fit. */
import { stripVTControlCharacters } from 'node:util'

/** Blanks that stand between a name and what is said of it, in a table of two columns. */
const NAME_AND_WORDS = /^(\s*\S.*? {4})(\S.*)$/
const COLOUR = '\u001B\\[\\d+m'
/** At the end of a line, where colours may be switched among them. */
const LAST_BLANKS = new RegExp(`(?: |${COLOUR})+$`)
/** Characters that are left to the second column, however narrow the terminal is. */
const LEAST = 24

/** The text in lines of at most `width` characters, as far as its words allow; a second column stays one. */
export function folded(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) =>
      foldedLine(
        line.replace(LAST_BLANKS, (end) => end.replaceAll(' ', '')),
        width,
      ),
    )
    .join('\n')
}

function foldedLine(line: string, width: number): readonly string[] {
  if (widthOf(line) <= width) return [line]
  const [, name = '', words = line] = NAME_AND_WORDS.exec(line) ?? []
  const indent = widthOf(name)
  const lines: string[] = ['']
  for (const word of words.split(' ')) {
    const last = lines.at(-1)!
    const longer = last === '' ? word : `${last} ${word}`
    if (last === '' || widthOf(longer) <= Math.max(width - indent, LEAST)) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.map((part, index) => (index === 0 ? name : ' '.repeat(indent)) + part)
}

/** Without what colours it. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
