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

/** Receives the rest and drops it, so that the end is seen. */
export async function drop(from: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of from) continue
}

/** All of what comes, once it has ended. */
export async function collected(from: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of from) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Bytes of the head of a message of HTTP, or undefined before it is whole. */
export function headLength(message: Buffer): number | undefined {
  const end = message.indexOf('\r\n\r\n')
  return end < 0 ? undefined : end + 4
}

/** The body of a whole answer, whatever its framing. */
export function bodyOf(answer: Buffer): Buffer {
  const start = headLength(answer) ?? answer.length
  if (!/^transfer-encoding: chunked\r$/im.test(answer.toString('latin1', 0, start))) return answer.subarray(start)
  const parts: Buffer[] = []
  for (let at = start; ; ) {
    const line = answer.indexOf('\r\n', at)
    const size = Number.parseInt(answer.toString('latin1', at, line), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(answer.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}
