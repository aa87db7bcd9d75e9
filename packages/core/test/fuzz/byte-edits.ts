/** Damage to bytes, and chunk boundaries anywhere. */
import type { Bytes } from '@nomyo/core'
import fc from 'fast-check'

/** Changes a list of bytes in place. */
type ByteEdit = (bytes: number[]) => void

/** Places are taken modulo the length: small ones are frequent, since that is where heads and lengths are. */
const place: fc.Arbitrary<number> = fc.oneof(fc.nat(80), fc.nat(4000))
const fewBytes = fc.uint8Array({ maxLength: 24 })
const notable = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x2d, 0x3d, 0x7b)

const flip = fc.tuple(place, fc.nat(7)).map(([at, bit]): ByteEdit => (bytes) => {
  if (bytes.length > 0) bytes[at % bytes.length]! ^= 1 << bit
})
const set = fc.tuple(place, fc.oneof(notable, fc.nat(255))).map(([at, value]): ByteEdit => (bytes) => {
  if (bytes.length > 0) bytes[at % bytes.length] = value
})
const insert = fc.tuple(place, fewBytes).map(([at, added]): ByteEdit => (bytes) => {
  bytes.splice(at % (bytes.length + 1), 0, ...added)
})
const cut = fc.tuple(place, fc.nat(40)).map(([at, count]): ByteEdit => (bytes) => {
  bytes.splice(at % (bytes.length + 1), count)
})
const end = place.map((at): ByteEdit => (bytes) => {
  bytes.length = at % (bytes.length + 1)
})
const copy = fc.tuple(place, place, fc.nat(40)).map(([from, to, count]): ByteEdit => (bytes) => {
  const start = from % (bytes.length + 1)
  bytes.splice(to % (bytes.length + 1), 0, ...bytes.slice(start, start + count))
})
const length = fc
  .tuple(place, fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff))
  .map(([at, value]): ByteEdit => (bytes) => {
    for (let i = 0; i < 4; i++) if (at + i < bytes.length) bytes[at + i] = (value >>> (24 - 8 * i)) & 0xff
  })

/** Bytes flipped, set, inserted, cut, copied, cut off, overwritten with a length. */
export const byteEdits: fc.Arbitrary<readonly ByteEdit[]> = fc.array(
  fc.oneof(flip, set, insert, cut, end, copy, length),
  { maxLength: 3 },
)

/** A damaged copy. */
export function editBytes(bytes: Uint8Array, edits: readonly ByteEdit[]): Bytes {
  const list = Array.from(bytes)
  for (const edit of edits) edit(list)
  return Uint8Array.from(list)
}

/** The same of text, as one byte for each character. */
export function editText(text: string, edits: readonly ByteEdit[]): string {
  return Buffer.from(editBytes(Buffer.from(text, 'latin1'), edits)).toString('latin1')
}

/** Where bytes are cut into chunks. */
export const boundaries: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant([]),
  fc.array(fc.nat(1 << 16), { maxLength: 8 }),
)

/** `bytes` in chunks, empty ones too. */
export function cutAt(bytes: Bytes, places: readonly number[]): Bytes[] {
  const ends = places.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b)
  return [...ends, bytes.length].map((stop, i) => bytes.subarray(ends[i - 1] ?? 0, stop))
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
