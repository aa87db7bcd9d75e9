import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { folded } from '../src/terminal/folded.js'

test('a line that fits stays, without the blanks at its end', () => {
  expect(folded('USAGE nomyo\n\n  chat    Ask.       ', 80)).toBe('USAGE nomyo\n\n  chat    Ask.')
})

test('a long line is broken between words, and a second column stays one', () => {
  const line = `  --url=<URL>    The router, which is the one that ${'x'.repeat(30)} is`
  expect(folded(line, 50)).toBe(
    ['  --url=<URL>    The router, which is the one that', `                 ${'x'.repeat(30)} is`].join(
      '\n',
    ),
  )
})

test('blanks before a colour that ends are no less at the end', () => {
  expect(folded('  chat    Ask. \u001B[39m   ', 80)).toBe('  chat    Ask.\u001B[39m')
})

test('colours take no room', () => {
  const plain = '  name    one two three four five six seven eight'
  const coloured = plain.replace('name', '\u001B[36mname\u001B[39m').replace('two', '\u001B[90mtwo\u001B[39m')
  expect(stripVTControlCharacters(folded(coloured, 40))).toBe(folded(plain, 40))
  expect(folded(plain, 40).split('\n')).toHaveLength(2)
})

test('however narrow the terminal is, each word is there once and the end is reached', () => {
  const line = `  name    ${Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ')}`
  for (const width of [0, 1, 10, 34]) {
    expect(folded(line, width).split(/\s+/)).toEqual(line.split(/\s+/))
  }
})
