import { describe, expect, it } from 'vitest'
import { base64Length, base64Size, fromBase64, toBase64, writeBase64 } from '../src/lib/base64.js'
import { base64, bytesOf } from './forge.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function randomBytes(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size))
}

describe('base64 is what the engine’s own is', () => {
  const sizes = Array.from({ length: 301 }, (_, size) => size)

  it('for every length from 0 to 300', () => {
    for (const size of sizes) {
      const bytes = randomBytes(size)
      const text = base64(bytes)
      expect(toBase64(bytes)).toBe(text)
      expect(fromBase64(text)).toEqual(bytesOf(text))
      expect(base64Length(size)).toBe(text.length)
      expect(base64Size(text)).toBe(size)
    }
  })

  it('for random lengths up to 60,000', () => {
    for (let i = 0; i < 20; i++) {
      const bytes = randomBytes(Math.floor(Math.random() * 60_000))
      const text = base64(bytes)
      expect(toBase64(bytes) === text).toBe(true)
      expect(toBase64(fromBase64(text)!) === text).toBe(true)
    }
  })

  it('for every byte in every position', () => {
    for (let position = 0; position < 3; position++) {
      for (let value = 0; value < 256; value++) {
        const bytes = new Uint8Array(3)
        bytes[position] = value
        expect(toBase64(bytes)).toBe(base64(bytes))
        expect(fromBase64(base64(bytes))).toEqual(bytes)
      }
    }
  })

  it('the vectors of RFC 4648 section 10', () => {
    const vectors = {
      '': '',
      'f': 'Zg==',
      'fo': 'Zm8=',
      'foo': 'Zm9v',
      'foob': 'Zm9vYg==',
      'fooba': 'Zm9vYmE=',
    }
    for (const [plain, text] of Object.entries(vectors)) {
      expect(toBase64(new TextEncoder().encode(plain))).toBe(text)
      expect(fromBase64(text)).toEqual(new TextEncoder().encode(plain))
    }
  })

  it('writes into the middle of a buffer and touches nothing else', () => {
    const target = new Uint8Array(10)
    expect(writeBase64(target, 2, new TextEncoder().encode('fo'))).toBe(6)
    expect(new TextDecoder().decode(target)).toBe('\0\0Zm8=\0\0\0\0')
  })
})

describe('base64 is canonical', () => {
  const sloppy: [string, string][] = [
    ['one character', 'A'],
    ['two characters', 'AA'],
    ['three characters', 'AAA'],
    ['no padding', 'Zm8'],
    ['padding of one where two belong', 'Zg='],
    ['padding of three', 'Z==='],
    ['padding only', '===='],
    ['padding behind a whole group', 'Zm9v===='],
    ['padding in the middle', 'Zg==Zm8='],
    ['padding before a character', 'Zm=v'],
    ['padding at the beginning', '=m9v'],
    ['a space before', ' Zm9'],
    ['a space behind', 'Zm8= '],
    ['four spaces behind', 'Zm9v    '],
    ['a line feed', 'Zm9v\n'],
    ['a line feed within a group of four', 'Zm9\nv123'],
    ['url-safe -', 'Zm9-'],
    ['url-safe _', 'Zm9_'],
    ['a character of another alphabet', 'Zm9Ł'],
    ['a character whose low byte is in the alphabet', `Zm9${String.fromCharCode(0x141)}`],
    ['a surrogate', 'Zm\ud83d\ude00'],
    ['NUL', 'Zm9\0'],
    ['a comma', 'Zm9,'],
  ]
  it.each(sloppy)('refuses %s', (_, text) => {
    expect(fromBase64(text)).toBeUndefined()
  })

  it.each(['-', '\n', 'é', '=', '\0'])('refuses %j in each part of a long text', (char) => {
    const text = 'A'.repeat(3 * 2 ** 16 + 4)
    expect(fromBase64(text)?.length).toBe((text.length / 4) * 3)
    for (const edge of [0, 2 ** 16, 2 * 2 ** 16, 3 * 2 ** 16]) {
      for (const at of [edge - 1, edge]) {
        if (at < 0) continue
        const altered = text.slice(0, at) + char + text.slice(at + 1)
        expect(fromBase64(altered)).toBeUndefined()
      }
    }
  })

  it('accepts each character of the alphabet and no other below 0x300', () => {
    const accepted = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).filter((char) =>
      [0, 1, 2, 3].every((at) => fromBase64('AAAA'.slice(0, at) + char + 'AAAA'.slice(at + 1))),
    )
    expect(accepted.sort()).toEqual([...ALPHABET].sort())
  })

  it('of the characters before == it accepts the four that leave no bits over, before = the sixteen', () => {
    const last = (text: (char: string) => string): string =>
      [...ALPHABET].filter((char) => fromBase64(text(char)) !== undefined).join('')
    expect(last((char) => `A${char}==`)).toBe('AQgw')
    expect(last((char) => `AA${char}=`)).toBe('AEIMQUYcgkosw048')
  })

  it('what decodes is what the encoder writes', () => {
    const chars = [...ALPHABET, '=', '=', '=', '-', ' ']
    let decoded = 0
    for (let i = 0; i < 5000; i++) {
      const text = Array.from(randomBytes(8), (byte) => chars[byte % chars.length]).join('')
      const bytes = fromBase64(text)
      if (bytes === undefined) continue
      decoded++
      expect(toBase64(bytes)).toBe(text)
    }
    expect(decoded).toBeGreaterThan(0)
  })
})

describe('base64Size', () => {
  it('knows the size before anything is decoded', () => {
    expect(base64Size('')).toBe(0)
    expect(base64Size('!'.repeat(8))).toBe(6)
    expect(base64Size('AAA')).toBeUndefined()
    expect(base64Size('A'.repeat(4_000_000))).toBe(3_000_000)
  })
})
