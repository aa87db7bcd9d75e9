/** The help, as somebody reads it in a real pseudo-terminal. */
import { stripVTControlCharacters } from 'node:util'
import { beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt } from './support/command.ts'
import { inTerminal, skipWithoutTerminal } from './support/terminal.ts'

/** As much as is read with ease; the terminal is wider. */
const COLUMNS = 110

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutTerminal(context)
})

test.for([[], ['keys'], ['chat'], ['router'], ['doctor'], ['keys', 'export']])(
  '%j --help has lines to be read, and says what it says elsewhere',
  async (path) => {
    const { output, code } = await inTerminal([...path, '--help'], [])
    expect(code).toBe(0)
    const lines = stripVTControlCharacters(output).split('\r\n')
    expect(lines.filter((line) => line.length > COLUMNS || /\s$/.test(line))).toEqual([])
    const { stdout } = await runToEnd([...path, '--help'])
    const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')
    expect(words(lines.join('\n'))).toEqual(words(stdout))
    expect(lines.length).toBeGreaterThan(stdout.split('\n').length - 2)
  },
)
