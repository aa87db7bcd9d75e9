import { isHarmless, isJsonObject, parseJsonObject, type JsonLimits } from '@nomyo/core'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'

const LIMITS: JsonLimits = { maxDepth: 128, maxValues: 2_000_000 }

function parse(text: string, maxDepth = 128): unknown {
  return parseJsonObject(utf8(text), { ...LIMITS, maxDepth })
}

/** The time in ms that `run` takes. */
function timeOf(run: () => unknown): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

/**
 * How much longer one run of `large` takes than eight of `small`, so that a busy machine slows both alike.
 * Least times, as long as it takes them to fall below `bound`.
 */
function growthBelow(bound: number, small: () => unknown, large: () => unknown): number {
  const eight = (): void => {
    for (let i = 0; i < 8; i++) small()
  }
  const least = { small: Infinity, large: Infinity }
  let growth = Infinity
  const deadline = performance.now() + 4000
  for (let round = 0; round < 60 && !(round >= 3 && growth < bound); round++) {
    if (performance.now() > deadline) break
    least.large = Math.min(least.large, timeOf(large))
    least.small = Math.min(least.small, Math.max(timeOf(eight), 0.2)) // browsers count no less
    growth = least.large / least.small
  }
  return growth
}

describe('an object', () => {
  it.each([
    '{}',
    ' \t\r\n{ "a" : [ 1 , -2.5e3 , true , false , null , "x" ] } ',
    String.raw`{"a":"\ud800"}`,
    String.raw`{"a":"\"\\\/\b\f\n\r\tÿ"}`,
    '{"a":"Grüße, 東京, 👩‍👩‍👧, \u2028"}',
    '{"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":2}',
    '{"_proto_":1,"proto":2,"__proto":3,"__proto___":4,"x__proto__":5,"__PROTO__":6}',
    '{"a":1,"a":2}',
    '{"":{"":{}}}',
  ])('%s is read as JSON.parse reads it', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it('with many escaped quotes and backslashes is read as JSON.parse reads it', () => {
    for (let slashes = 0; slashes < 12; slashes++) {
      for (const tail of ['"', '","b":"[[[', '\\"[[["']) {
        const text = `{"a":"${'\\'.repeat(slashes)}${tail}}`
        expect(parse(text, 1)).toEqual(tryParse(text))
      }
    }
  })
})

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

describe('anything else is undefined', () => {
  it.each([
    ['nothing', ''],
    ['white space', ' '],
    ['null', 'null'],
    ['a list', '[]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":Infinity}'],
    ['undefined', '{"a":undefined}'],
    ['a comment', '{}//'],
    ['single quotes', "{'a':1}"],
    ['a trailing comma', '{"a":1,}'],
    ['a leading zero', '{"a":01}'],
    ['an unfinished string', '{"a":"'],
    ['an unfinished string that ends in an escape', '{"a":"\\'],
    ['an escaped quote at the end', '{"a":"\\"}'],
    ['a bad escape', String.raw`{"a":"\x"}`],
    ['a byte-order mark', '\ufeff{}'],
    ['a byte-order mark behind', '{}\ufeff'],
    ['a no-break space', '\u00a0{}'],
    ['a form feed', '\f{}'],
    ['closing brackets first', ']]]]{}'],
    ['more closed than opened', '{"a":1}}'],
  ])('%s', (_, text) => {
    expect(parse(text)).toBeUndefined()
  })

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a pair of surrogates (CESU-8)', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['a code point beyond all', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['0xff', [0xff]],
  ])('invalid UTF-8: %s', (_, bytes) => {
    const text = Uint8Array.of(...utf8('{"a":"'), ...bytes, ...utf8('"}'))
    expect(parseJsonObject(text, LIMITS)).toBeUndefined()
  })
})

describe('depth', () => {
  it.each([1, 2, 128])('%i is allowed where it is the limit, one more is not', (limit) => {
    const nested = (depth: number): string => '{"a":'.repeat(depth - 1) + '{}' + '}'.repeat(depth - 1)
    expect(parse(nested(limit), limit)).toBeDefined()
    expect(parse(nested(limit + 1), limit)).toBeUndefined()
  })

  it('10^5 is refused without overflow, whatever it is made of', () => {
    const deep = 1e5
    expect(parse(`{"a":${'['.repeat(deep)}${']'.repeat(deep)}}`)).toBeUndefined()
    expect(parse('{"a":'.repeat(deep) + '1' + '}'.repeat(deep))).toBeUndefined()
    expect(parse('[{"a":'.repeat(deep))).toBeUndefined()
  })

  it('counts what is open at once, not what was ever opened', () => {
    expect(parse(`{"a":[${'[{}],'.repeat(1000)}[]]}`, 4)).toBeDefined()
    expect(parse(`{"a":[${'[{}],'.repeat(1000)}[]]}`, 3)).toBeUndefined()
  })

  it('brackets that close too early make no room for more', () => {
    expect(parse(`{"a":1}${']'.repeat(500)}${'['.repeat(500)}`)).toBeUndefined()
    expect(parse(`{"a":${'['.repeat(100)}${'}'.repeat(100)}${'['.repeat(100)}}`)).toBeUndefined()
  })

  it('a limit that is no number allows nothing', () => {
    expect(isHarmless('{}', { ...LIMITS, maxDepth: Number.NaN })).toBe(false)
    expect(isHarmless('{}', { ...LIMITS, maxValues: Number.NaN })).toBe(false)
  })
})

describe('number of values', () => {
  const allows = (text: string, maxValues: number): boolean => isHarmless(text, { maxDepth: 8, maxValues })

  it.each([
    ['{}', 1],
    ['{"a":1,"b":2}', 2],
    ['{"a":[1,2,{"b":[]}]}', 6],
    [String.raw`{"a":"[{,,,,","b":"\\\","}`, 2],
  ])('%s is allowed where the limit is %i, not below', (text, count) => {
    expect(allows(text, count)).toBe(true)
    expect(allows(text, count - 1)).toBe(false)
  })
})

describe('__proto__', () => {
  const escaped = [...'__proto__']
    .map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
  const spellings = ['__proto__', String.raw`\u005f_proto__`, String.raw`__proto_\u005F`, escaped]
  const places: [string, (key: string) => string][] = [
    ['at the root', (key) => `{"${key}":1}`],
    ['behind another', (key) => `{"a":"b","${key}":1}`],
    ['5 deep', (key) => `{"a":{"a":{"a":{"a":{"a":{"${key}":{}}}}}}}`],
    ['in a list', (key) => `{"a":[[{"${key}":[]}]]}`],
    ['with white space before the colon', (key) => `{"${key}" \t\r\n:1}`],
    ['behind a string that ends in a backslash', (key) => `{"a":"\\\\","${key}":1}`],
    ['behind a string with quotes', (key) => `{"a":"\\"","${key}":1}`],
  ]
  it.each(places)('as a key is refused %s, however it is written', (_, place) => {
    for (const key of spellings) {
      const text = place(key)
      expect(Object.hasOwn(JSON.parse(`{"${key}":1}`) as object, '__proto__')).toBe(true)
      expect(parse(text)).toBeUndefined()
    }
  })

  it('as a value, a part of a word or inside a string is harmless', () => {
    for (const key of spellings) {
      const text = `{"a":"${key}","b":["${key}"],"c":"\\"${key.replaceAll('\\', '\\\\')}\\":1","x${key}":1}`
      expect(parse(text)).toEqual(JSON.parse(text))
    }
  })

  it('leaves Object.prototype as it was', () => {
    const before = Reflect.ownKeys(Object.prototype)
    parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
    const kept = parse('{"constructor":{"prototype":{"polluted":1}}}')
    expect(kept).toEqual({ constructor: { prototype: { polluted: 1 } } })
    expect(Object.hasOwn(kept as object, 'constructor')).toBe(true)
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before)
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('time grows with the size, not with its square', () => {
  const shapes: [string, (size: number) => string][] = [
    ['escaped quotes', (size) => `{"a":"${'\\"'.repeat(size / 2)}"}`],
    ['backslashes', (size) => `{"a":"${'\\\\'.repeat(size / 2)}"}`],
    ['backslashes and quotes', (size) => `{"a":"${'\\\\\\"'.repeat(size / 4)}"}`],
    ['quotes behind ever more backslashes', (size) => `{"a":"${`${'\\'.repeat(101)}"`.repeat(size / 102)}"}`],
    ['empty strings', (size) => `{"a":[${'"",'.repeat(size / 3)}1]}`],
    ['strings as long as __proto__', (size) => `{"a":[${'"_________",'.repeat(size / 12)}1]}`],
    ['keys as long as __proto__', (size) => `{"a":1${',"_________":1'.repeat(size / 14)}}`],
    ['white space behind a string', (size) => `{"a":["_________"${' '.repeat(size)}]}`],
    ['an unfinished string', (size) => `{"a":"${'\\"'.repeat(size / 2)}`],
    ['small objects', (size) => `{"a":[${'{},'.repeat(size / 3)}1]}`],
  ]
  it.each(shapes)('%s', (_, shape) => {
    const [small, large] = [shape(30_000), shape(240_000)]
    const check = (text: string) => () => isHarmless(text, LIMITS)
    // 8 times the size in one piece: about 1 if time grows with the size, 8 if it grows with its square.
    expect(growthBelow(4, check(small), check(large))).toBeLessThan(4)
  })
})

describe('isJsonObject', () => {
  it('tells objects from all else', () => {
    expect([{}, { a: 1 }, Object.create(null)].map(isJsonObject)).toEqual([true, true, true])
    expect([null, undefined, [], 'x', 1, true, () => 1].map(isJsonObject)).toEqual(Array(7).fill(false))
  })
})
