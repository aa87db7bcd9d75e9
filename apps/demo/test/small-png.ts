/** Makes a picture of a page smaller: its 256 most frequent colours, which are all but the softest edges of letters. */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1A\n', 'latin1')
/** Bytes of a pixel in what Chromium writes: RGB, 8 bits each. */
const RGB = 3

interface Pixels {
  readonly width: number
  readonly height: number
  /** Three bytes each. */
  readonly bytes: Buffer
}

/** The same picture with a palette (PNG, third edition). @throws Error for a PNG that is not as Chromium writes it. */
export function smallPng(png: Buffer): Buffer {
  const { width, height, bytes } = pixelsOf(png)
  const colours = mostFrequent(bytes)
  const nearest = nearestIn(colours)
  // Each row begins with its filter: none.
  const rows = Buffer.alloc(height * (width + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * (width + 1) + 1 + x] = nearest(bytes.readUIntBE((y * width + x) * RGB, RGB))
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3], 8) // 8 bits, with a palette
  const palette = Buffer.alloc(colours.length * RGB)
  for (const [index, colour] of colours.entries()) palette.writeUIntBE(colour, index * RGB, RGB)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function mostFrequent(bytes: Buffer): readonly number[] {
  const counts = new Map<number, number>()
  for (let at = 0; at < bytes.length; at += RGB) {
    const colour = bytes.readUIntBE(at, RGB)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 256)
    .map(([colour]) => colour)
}

function nearestIn(colours: readonly number[]): (colour: number) => number {
  const found = new Map(colours.map((colour, index) => [colour, index]))
  return (colour) => {
    const known = found.get(colour)
    if (known !== undefined) return known
    const distances = colours.map((other) => distance(colour, other))
    const index = distances.indexOf(Math.min(...distances))
    found.set(colour, index)
    return index
  }
}

function distance(a: number, b: number): number {
  return [16, 8, 0].reduce((sum, shift) => sum + (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2, 0)
}

function pixelsOf(png: Buffer): Pixels {
  const chunks = chunksOf(png)
  const header = chunks.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(13)
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  // 8 bits of red, green and blue, not interlaced.
  if (header.subarray(8).toString('hex') !== '0802000000') throw new Error('This PNG is not as expected.')
  const data = chunks.filter(({ type }) => type === 'IDAT').map((one) => one.data)
  return { width, height, bytes: unfiltered(inflateSync(Buffer.concat(data)), width * RGB, height) }
}

/** Undoes the filter of each row (section 9). */
function unfiltered(filtered: Buffer, length: number, height: number): Buffer {
  const bytes = Buffer.alloc(length * height)
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (length + 1)]
    for (let x = 0; x < length; x++) {
      const at = y * length + x
      const left = x < RGB ? 0 : bytes[at - RGB]!
      const up = y === 0 ? 0 : bytes[at - length]!
      const corner = x < RGB || y === 0 ? 0 : bytes[at - length - RGB]!
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter!]!
      bytes[at] = (filtered[at + y + 1]! + predicted) & 255
    }
  }
  return bytes
}

function paeth(left: number, up: number, corner: number): number {
  const [byLeft, byUp, byCorner] = [left, up, corner].map((one) => Math.abs(left + up - corner - one))
  if (byLeft! <= byUp! && byLeft! <= byCorner!) return left
  return byUp! <= byCorner! ? up : corner
}

function chunksOf(png: Buffer): readonly { readonly type: string; readonly data: Buffer }[] {
  const chunks = []
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at)
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) })
    at += 12 + length
  }
  return chunks
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
