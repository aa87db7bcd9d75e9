import type { Bytes } from '../lib/bytes.js'

/** Bytes that arrive in chunks of any size and are taken in pieces of a known one. */
export class ByteQueue {
  #chunks: Uint8Array[] = []
  #length = 0

  /** Bytes that wait. */
  get length(): number {
    return this.#length
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** The next `size` bytes, or undefined if they are not all there yet. A view, where they lie in one chunk. */
  take(size: number): Bytes | undefined {
    if (this.#length < size) return undefined
    const first = this.#chunks[0]
    this.#length -= size
    if (first !== undefined && first.length >= size) {
      this.#chunks[0] = first.subarray(size)
      if (first.length === size) this.#chunks.shift()
      return first.subarray(0, size) as Bytes
    }
    return this.#gather(size)
  }

  #gather(size: number): Bytes {
    const piece = new Uint8Array(size)
    let used = 0
    let filled = 0
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(0, size - filled)
      piece.set(part, filled)
      filled += part.length
      if (part.length < chunk.length) {
        this.#chunks[used] = chunk.subarray(part.length)
        break
      }
      used++
      if (filled === size) break
    }
    this.#chunks.splice(0, used)
    return piece
  }
}
