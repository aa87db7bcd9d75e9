import { describe, expect, it } from 'vitest'
import { element, INTEGER, readElement, readElements, SEQUENCE } from '../src/lib/der.js'

describe('reading', () => {
  it.each([
    ['an empty element', [0x30, 0], 2],
    ['a short length', [0x30, 2, 1, 2], 4],
    ['a length of one more byte', [0x30, 0x81, 0x80, ...Array<number>(128).fill(0)], 131],
    ['a length of two more bytes', [0x30, 0x82, 1, 0, ...Array<number>(256).fill(0)], 260],
  ])('%s', (_, der, end) => {
    expect(readElement(Uint8Array.from(der), 0)).toMatchObject({ tag: 0x30, end })
  })

  it.each([
    ['nothing', []],
    ['a tag alone', [0x30]],
    ['content that is cut', [0x30, 2, 1]],
    ['an indefinite length', [0x30, 0x80, 0, 0]],
    ['a length that is cut', [0x30, 0x82, 1]],
    ['a long form where the short one would do', [0x30, 0x81, 0x7f, ...Array<number>(127).fill(0)]],
    ['a length with a leading zero', [0x30, 0x82, 0, 0x80, ...Array<number>(128).fill(0)]],
    ['a length of four bytes', [0x30, 0x84, 1, 0, 0, 0, ...Array<number>(128).fill(0)]],
    ['a length of 127 bytes', [0x30, 0xff, ...Array<number>(200).fill(0xff)]],
    ['a length beyond the end', [0x30, 0x83, 0xff, 0xff, 0xff]],
  ])('refuses %s', (_, der) => {
    expect(readElement(Uint8Array.from(der), 0)).toBeUndefined()
  })

  it('refuses an offset beyond the end', () => {
    expect(readElement(Uint8Array.of(0x30, 0), 2)).toBeUndefined()
  })

  it('a whole number of elements', () => {
    const der = Uint8Array.of(2, 1, 5, 4, 0, 3, 2, 0, 1)
    expect(readElements(der)?.map(({ tag }) => tag)).toEqual([2, 4, 3])
    expect(readElements(der.subarray(0, -1))).toBeUndefined()
    expect(readElements(new Uint8Array())).toEqual([])
  })
})

describe('writing', () => {
  it.each([0, 1, 127, 128, 255, 256, 65535, 65536, 70000])('%i bytes are read again', (size) => {
    const content = new Uint8Array(size).fill(7)
    const der = element(SEQUENCE, content)
    expect(readElement(der, 0)).toMatchObject({ tag: SEQUENCE, end: der.length })
    expect(readElement(der, 0)?.content.length).toBe(size)
  })

  it('concatenates its contents', () => {
    const five = element(INTEGER, Uint8Array.of(5))
    expect(element(SEQUENCE, five, five)).toEqual(Uint8Array.of(0x30, 6, 2, 1, 5, 2, 1, 5))
  })
})
