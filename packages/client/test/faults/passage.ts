/** One direction of a connection through the proxy: what comes, and where it goes on to. */
import type { Socket } from 'node:net'

/** Where bytes go on to. */
export interface Outlet {
  /** Resolves once the system has them. To one that has closed they go nowhere. */
  write(bytes: Buffer): Promise<void>
  /** Ends this direction alone: a half-close. */
  end(): void
  /** Ends the connection at both ends, after what was written. */
  cut(): void
  /** Breaks the connection at both ends with a reset. */
  reset(): void
  /** Another connection to the router, whose answers nobody reads. */
  twin(): Pick<Outlet, 'write'>
}

/** Brings what comes on to where it goes, or something else. */
export type Passage = (from: AsyncIterable<Buffer>, to: Outlet) => Promise<void>

/** What a socket receives, up to its end, whichever it is. */
export async function* chunksOf(socket: Socket): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) yield chunk as Buffer
  } catch {
    // It broke: the proxy has closed the other end by then.
  }
}

/** Writes to a socket, unless it is closed. */
export function send(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.writableEnded) resolve()
    else socket.write(bytes, () => resolve())
  })
}

/** Brings on what comes, unchanged, and then its end. */
export async function passOn(from: AsyncIterable<Buffer>, to: Outlet): Promise<void> {
  const chunks = from[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await chunks.next()
    if (done) return to.end()
    await to.write(value)
  }
}

/** Receives the rest and drops it, so that the end is seen; then this ends too. */
export async function drop(from: AsyncIterable<Buffer>, to: Outlet): Promise<void> {
  const chunks = from[Symbol.asyncIterator]()
  while (!(await chunks.next()).done) continue
  to.end()
}

/** The first answer that comes, once it is whole, or once nothing more comes. What follows is left in `from`. */
export async function wholeAnswer(from: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks = from[Symbol.asyncIterator]()
  let answer = Buffer.alloc(0)
  for (;;) {
    const { done, value } = await chunks.next()
    if (done) return answer
    answer = Buffer.concat([answer, value])
    if (isWhole(answer)) return answer
  }
}

/** Bytes of the head of a message of HTTP, or undefined before it is whole. */
export function headLength(message: Buffer): number | undefined {
  const end = message.indexOf('\r\n\r\n')
  return end < 0 ? undefined : end + 4
}

/** The body of a whole answer, without the marks of HTTP's chunks. */
export function bodyOf(answer: Buffer): Buffer {
  const start = headLength(answer) ?? answer.length
  return isChunked(answer, start) ? Buffer.concat(partsOf(answer, start)) : answer.subarray(start)
}

function isWhole(answer: Buffer): boolean {
  const start = headLength(answer)
  if (start === undefined) return false
  if (isChunked(answer, start)) return answer.toString('latin1').endsWith('\r\n0\r\n\r\n')
  const length = /^content-length: (\d+)\r$/im.exec(answer.toString('latin1', 0, start))?.[1]
  return length !== undefined && answer.length >= start + Number(length)
}

function isChunked(answer: Buffer, start: number): boolean {
  return /^transfer-encoding: chunked\r$/im.test(answer.toString('latin1', 0, start))
}

function partsOf(answer: Buffer, start: number): Buffer[] {
  const parts: Buffer[] = []
  for (let at = start; ;) {
    const line = answer.indexOf('\r\n', at)
    const size = Number.parseInt(answer.toString('latin1', at, line), 16)
    if (!(size > 0)) return parts
    parts.push(answer.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}
