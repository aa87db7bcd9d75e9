/** A TCP proxy that keeps every byte of both directions, and can break a connection. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A running proxy. */
export interface RecordingProxy {
  readonly url: string
  /** Everything that has passed. */
  seen(): Buffer
  /** How many requests of this method and path have passed. */
  count(start: string): number
  /** From now on an answer to a POST is broken off by a reset after that many of its bytes. */
  cutAfter(bytes: number | undefined): void
  close(): Promise<void>
}

/** Starts one before the server at `target`. */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const { port } = new URL(target)
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  let cut: number | undefined
  const server = createServer((client) => {
    const upstream = connect(Number(port), '127.0.0.1')
    let left = Infinity
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
    }
    client.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (cut !== undefined && chunk.subarray(0, 5).toString() === 'POST ') left = cut
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      client.write(chunk.subarray(0, Math.max(0, left)))
      left -= chunk.length
      if (left <= 0) client.resetAndDestroy()
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => Buffer.concat(chunks),
    count: (start) => Buffer.concat(chunks).toString('latin1').split(start).length - 1,
    cutAfter: (bytes) => void (cut = bytes),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
