/** What of a model's words reaches a terminal, wherever they are cut. */
import { expect, test } from 'vitest'
import { ForeignText } from '../src/terminal/foreign-text.ts'

/** Cut at every place, into single characters, and not at all. */
function allWays(text: string): readonly string[] {
  const ways = Array.from({ length: text.length + 1 }, (_, at) => [text.slice(0, at), text.slice(at)])
  return [...ways, [...text], text.split('')].map((pieces) => {
    const shown = new ForeignText()
    return pieces.map((piece) => shown.next(piece)).join('') + shown.end()
  })
}

test.for([
  ['colours', 'a\u001B[31;1mred\u001B[0m.', 'ared.'],
  ['a cleared screen', 'a\u001B[2J\u001B[Hb', 'ab'],
  ['a title', 'a\u001B]0;my title\u0007b', 'ab'],
  ['the clipboard', 'a\u001B]52;c;aGk=\u001B\\b', 'ab'],
  ['a link', '\u001B]8;;https://evil.example\u001B\\good\u001B]8;;\u001B\\', 'good'],
  ['device control', 'a\u001BPq#0;2;0;0;0\u001B\\b', 'ab'],
  ['8-bit controls', 'a\u009B31mb\u009D0;t\u009Cc', 'abc'],
  ['overwriting what stands there', 'safe\rEVIL\u0008\u0008', 'safeEVIL'],
  ['bells, backspaces and NUL', 'a\u0007\u0008\u0000\u007Fb', 'ab'],
  ['text turned around', 'a\u202Etxt.exe\u202C\u2066b\u2069', 'atxt.exeb'],
])('%s', ([, text, shown]) => {
  for (const way of allWays(text!)) expect(way).toBe(shown)
})

test.for(['two\nlines\tand a tab', 'Ä 世界 مرحبا שלום', '👩‍👩‍👧 🏳️‍🌈 𝒳', 'نمی‌خواهم', 'x[31m ]0;title 31m'])(
  '%j stays as it is',
  (text) => {
    for (const way of allWays(text)) expect(way).toBe(text)
  },
)

test('no control is left, whatever a broken sequence looks like', () => {
  const starts = ['\u001B', '\u001B[', '\u001B]', '\u001BP', '\u009B', '\u009D', '\u001B\u001B', '\u001B(']
  const rests = ['', '31', '31m', '\u0000m', '\n31m', '\u001B', ' text', 'x'.repeat(5_000), ';'.repeat(2_000)]
  for (const text of starts.flatMap((one) => rests.map((rest) => one + rest))) {
    for (const way of [text, text.split('')].map((pieces) => pieceByPiece(pieces))) {
      expect(way).not.toMatch(/[^\P{Cc}\n\t]/u)
    }
  }
})

test('a sequence that never ends is not waited for', () => {
  const shown = new ForeignText()
  expect(shown.next('\u001B]0;') + shown.next('x'.repeat(3_000))).toContain('x'.repeat(3_000))
})

function pieceByPiece(pieces: Iterable<string>): string {
  const shown = new ForeignText()
  return [...pieces].map((piece) => shown.next(piece)).join('') + shown.end()
}
