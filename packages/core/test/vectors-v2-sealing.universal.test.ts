/** With the randomness of the vectors our sealing makes their bytes. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../src/lib/bytes.js'
import { bytesOf } from './forge.js'
import { say } from './say.js'
import {
  respondAsVector,
  sealAsVector,
  vectors,
  type FrameVector,
  type ValidRequest,
  type ValidResponse,
} from './vectors-v2.js'

const { requests, responses } = vectors

/** Whether a request is written as we write it: a receiver takes other JSON and other padding, too. */
function isOurs({ inner, method, path, headers, body_base64, plaintext_bytes }: ValidRequest): boolean {
  const length = 8 + utf8(inner).length + bytesOf(body_base64).length
  return inner === JSON.stringify({ method, path, headers }) && plaintext_bytes === padded(length)
}

/** The size of frames with which we make the frames of a response, null if there is none. */
function frameBytesOf({ frames }: ValidResponse): number | undefined | null {
  const candidates = [undefined, frames.at(-1)!.plaintext_bytes]
  const fits = (size: number = 0) => frames.every((frame) => frame.plaintext_bytes === sizeOf(frame, size))
  const found = candidates.findIndex(fits)
  return found < 0 ? null : candidates[found]
}

function sizeOf({ content_base64 }: FrameVector, size: number): number {
  return Math.max(size, padded(3 + bytesOf(content_base64).length))
}

function padded(length: number): number {
  return Math.ceil(length / 256) * 256
}

const ourRequests = requests.valid.filter(isOurs)
const ourResponses = responses.valid.filter((vector) => frameBytesOf(vector) !== null)

describe('sealed with the randomness of the vectors', () => {
  it.each(ourRequests)('$id', async (vector) => {
    expect((await sealAsVector(vector)).bytes).toEqual(bytesOf(vector.envelope_base64))
  })

  it.each(ourResponses)('$id', async (vector) => {
    const frameBytes = frameBytesOf(vector) ?? undefined
    for (const inLoop of [false, true]) {
      const bytes = await respondAsVector(vector, { frameBytes, inLoop })
      expect(bytes).toEqual(bytesOf(vector.response_base64))
    }
  })

  it('all but those that are written as others may write them', () => {
    const [ofRequests, ofResponses] = [ourRequests.length, ourResponses.length]
    say(`vectors of protocol 2.0 made again to the byte: ${ofRequests} requests, ${ofResponses} responses`)
    const others = requests.valid.filter((vector) => !isOurs(vector)).map(({ id }) => id)
    const json = ['json-white-space', 'json-order', 'json-escapes']
    const padding = ['padding-absent', 'padding-1-byte', 'padding-512', 'padding-4096']
    expect(others).toEqual([...json, ...padding].map((name) => `request-${name}`))
    const odd = responses.valid.filter((vector) => !ourResponses.includes(vector)).map(({ id }) => id)
    expect(odd).toEqual(['response-odd-sizes'])
  })
})
