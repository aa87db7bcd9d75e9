import { open, parsePlaintext, PLAINTEXT_JSON, seal } from '@nomyo/core'
import type { Bytes, JsonLimits } from '@nomyo/core'
import { describe, expect, it, vi } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { keyPair } from './keys.js'
import { expectRefused, expectUndecryptable, openAndParse } from './undecryptable.js'

const MARKER = 'marker-answer-a7e25b'

/** `inner` as the value of a key, `depth` objects deep. */
function nest(inner: string, depth: number): string {
  return '{"x":'.repeat(depth) + inner + '}'.repeat(depth)
}

const depth = (maxDepth: number): JsonLimits => ({ ...PLAINTEXT_JSON, maxDepth })

function failureOf(plaintext: Bytes, limits: JsonLimits = PLAINTEXT_JSON): unknown {
  try {
    return parsePlaintext(plaintext, limits)
  } catch (error) {
    return error
  }
}

const quoted = `"${MARKER}"`
const refused: [string, Bytes][] = [
  ['not JSON (nothing quoted)', utf8(`{"answer":${quoted}`)],
  ['not JSON (nothing quoted): words', utf8(`The answer is ${MARKER}`)],
  ['not JSON (nothing quoted): at the first character', utf8(MARKER)],
  ['not JSON (nothing quoted): single quotes', utf8(`{'answer':'${MARKER}'}`)],
  ['not JSON (nothing quoted): bytes behind it', utf8(`{"answer":${quoted}}${MARKER}`)],
  ['not JSON (nothing quoted): NUL behind it', utf8(`{"answer":${quoted}}\0`)],
  ['not JSON (nothing quoted): empty', new Uint8Array()],
  ['not JSON (nothing quoted): a comma too many', utf8(`{"answer":${quoted},}`)],
  ['not JSON (nothing quoted): a raw line feed in a string', utf8(`{"answer":"${MARKER}\n"}`)],
  ['BOM', concat(Uint8Array.of(0xef, 0xbb, 0xbf), utf8(`{"answer":${quoted}}`))],
  ['BOM: UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0)],
  ['NaN', utf8(`{"answer":${quoted},"x":NaN}`)],
  ['NaN: Infinity', utf8(`{"answer":${quoted},"x":-Infinity}`)],
  ['array or string root: array', utf8(`[${quoted}]`)],
  ['array or string root: array of objects', utf8(`[{"answer":${quoted}}]`)],
  ['array or string root: string', utf8(quoted)],
  ['array or string root: null', utf8('null')],
  ['array or string root: number', utf8('1')],
  ['array or string root: boolean', utf8('true')],
  ['invalid UTF-8', concat(utf8(`{"answer":"${MARKER}`), Uint8Array.of(0xff), utf8('"}'))],
  [
    'invalid UTF-8: a surrogate',
    concat(utf8(`{"x":"${MARKER}`), Uint8Array.of(0xed, 0xa0, 0x80), utf8('"}')),
  ],
  ['invalid UTF-8: cut', concat(utf8(`{"x":"${MARKER}`), Uint8Array.of(0xe2, 0x82), utf8('"}'))],
  ['depth 10^5', utf8(nest(quoted, 1e5))],
  ['depth 10^5: arrays', utf8(`{"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`)],
  ['depth 10^5: never closed', utf8('{"x":'.repeat(1e5))],
  ['9 MB of `{}`', utf8('{}'.repeat(4.5e6))],
]

for (const depth of [0, 5]) {
  for (const key of ['__proto__', String.raw`\u005f_proto__`, String.raw`__pr\u006Fto__`]) {
    const row = `\`__proto__\` at depth 0 and 5: "${key}" at ${depth}`
    refused.push([row, utf8(nest(`{"${key}":{"answer":${quoted}}}`, depth))])
    refused.push([`${row}, in a list`, utf8(nest(`{"x":[1,{"y":"z","${key}" \r\n\t: 1}]}`, depth))])
  }
}

describe('Plaintext', () => {
  it.each(refused)('%s', (_, plaintext) => {
    expectUndecryptable(failureOf(plaintext), [MARKER])
    expect({}).not.toHaveProperty('answer')
  })

  it.each(refused.filter(([, { length }]) => length < 1000))('%s, sealed', async (_, plaintext) => {
    const recipient = await keyPair('rsa2048')
    const envelope = await seal(plaintext, recipient.publicKey)
    expect((await open(envelope, recipient)).plaintext).toEqual(plaintext)
    await expectRefused(envelope, recipient, 'response', [MARKER])
  })

  it.each([0, 5])(
    '`constructor.prototype` at depth 0 and 5, `Object.prototype` unchanged: %i',
    async (depth) => {
      const before = Reflect.ownKeys(Object.prototype)
      const recipient = await keyPair('rsa2048')
      const text = nest('{"constructor":{"prototype":{"polluted":true}}}', depth)
      const opened = await openAndParse(await seal(utf8(text), recipient.publicKey), recipient, 'response')
      let holder = opened
      for (let i = 0; i < depth; i++) holder = holder['x'] as typeof opened
      expect(Object.hasOwn(holder, 'constructor')).toBe(true)
      expect(JSON.stringify(opened)).toBe(text)
      expect({}).not.toHaveProperty('polluted')
      expect(Reflect.ownKeys(Object.prototype)).toEqual(before)
    },
  )

  it('9 MB of `{}` in a list are refused before they are parsed', () => {
    const list = utf8(`{"x":[${'{},'.repeat(3e6)}{}]}`)
    const parse = vi.spyOn(JSON, 'parse')
    expectUndecryptable(failureOf(list))
    expect(parse).not.toHaveBeenCalled()
    parse.mockRestore()
  })

  it('a million numbers are read', () => {
    const list = utf8(`{"x":[${'1,'.repeat(999_999)}1]}`)
    expect(parsePlaintext(list)['x']).toHaveLength(1_000_000)
  })

  it('nests 128 deep, not 129', () => {
    expect(parsePlaintext(utf8(nest('1', 128)))).toHaveProperty('x')
    expectUndecryptable(failureOf(utf8(nest('1', 129))))
  })

  it('the depth can be lowered, and a depth that is no number allows none', () => {
    expect(parsePlaintext(utf8(nest('1', 3)), depth(3))).toEqual({ x: { x: { x: 1 } } })
    expectUndecryptable(failureOf(utf8(nest('1', 4)), depth(3)))
    expectUndecryptable(failureOf(utf8('{}'), depth(Number.NaN)))
  })

  it('brackets in strings do not count, and `__proto__` as a value is a word', () => {
    const text = String.raw`{"a":"[[[[{{{{","b":"\"[[[[","c":"__proto__","d":["__proto__"],"e":"{\"__proto__\":1}"}`
    expect(parsePlaintext(utf8(text), depth(2))).toEqual(JSON.parse(text))
  })
})
