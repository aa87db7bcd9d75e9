/** Lines that a person types, with the ones before them at hand. */
import { createInterface, type Interface } from 'node:readline'
import { styleText } from 'node:util'

/** What came of waiting for a line. */
export type Typed = { readonly text: string } | 'end' | 'interrupt'

const PROMPT = '> '
const NEXT_LINE = '… '
/** The terminal marks what is pasted, so that its line ends do not send it. */
const MARK_PASTES = '\u001B[?2004h'
const MARK_NO_PASTES = '\u001B[?2004l'

/**
 * Reads lines on the terminal. Between two of them the terminal is as it was, so that Ctrl-C is a signal then; the
 * lines before are kept in memory alone.
 */
export class LineEditor {
  #history: string[] = []

  /** The next line, or several that were pasted; `interrupt` for Ctrl-C, `end` for Ctrl-D. */
  next(): Promise<Typed> {
    const { stdin: input, stderr: output } = process
    const marks = process.env['TERM'] !== 'dumb'
    const prompt = styleText('bold', PROMPT, { stream: output })
    const history = [...this.#history]
    const lines = createInterface({ input, output, prompt, history, removeHistoryDuplicates: true })
    lines.on('history', (all) => (this.#history = [...all]))
    return new Promise((resolve) => {
      const forgetKeys = whenWhole(lines, (text) => done({ text }))
      const done = (typed: Typed): void => {
        forgetKeys()
        lines.removeAllListeners('close').close()
        if (marks) output.write(MARK_NO_PASTES)
        resolve(typed)
      }
      if (marks) output.write(MARK_PASTES)
      lines.once('SIGINT', () => {
        output.write('\n')
        done('interrupt')
      })
      lines.once('close', () => {
        output.write('\n')
        done('end')
      })
      lines.prompt()
    })
  }
}

/** Calls `tell` with the line at whose end somebody pressed Enter, and what was pasted before. Gives what ends it. */
function whenWhole(lines: Interface, tell: (text: string) => void): () => void {
  const pasted: string[] = []
  let isPasting = false
  const onKey = (_: unknown, key: { readonly name?: string } | undefined): void => {
    if (key?.name === 'paste-start') isPasting = true
    if (key?.name === 'paste-end') isPasting = false
  }
  process.stdin.on('keypress', onKey)
  lines.on('line', (line) => {
    pasted.push(line)
    if (!isPasting) return tell(pasted.join('\n'))
    lines.setPrompt(NEXT_LINE)
    lines.prompt()
  })
  return () => process.stdin.off('keypress', onKey)
}
