/** What somebody between client and router sees: a TCP proxy that keeps every byte, and the sizes in it. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A running proxy. */
export interface WireTap extends AsyncDisposable {
  /** To be used in place of the router's. */
  readonly url: string
  /** All that came back from the router. */
  received(): Buffer
}

/** Puts one before the http server at `target`. */
export async function startWireTap(target: string): Promise<WireTap> {
  const back: Buffer[] = []
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(target)
  const server = createServer((client) => {
    const router = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, router],
      [router, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy()).on('close', () => to.destroy())
      from.pipe(to)
    }
    router.on('data', (chunk: Buffer) => back.push(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => Buffer.concat(back),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** All that there is to see of a sealed answer that came in HTTP chunks. */
export interface Shape {
  /** Bytes of the HTTP head. */
  readonly head: number
  /** Bytes of each HTTP chunk, in order. */
  readonly chunks: readonly number[]
  /** Bytes of each frame with its header, in order. */
  readonly frames: readonly number[]
}

/** The shape of the last answer in `wire`, which must be of type `application/vnd.nomyo.stream`. */
export function shapeOf(wire: Buffer): Shape {
  const start = wire.lastIndexOf('HTTP/1.1 200')
  const end = wire.indexOf('\r\n\r\n', start) + 4
  const head = wire.toString('latin1', start, end)
  if (!/content-type: application\/vnd\.nomyo\.stream\r\n/i.test(head)) throw new Error('not a sealed answer')
  const bodies: Buffer[] = []
  for (let at = end; ;) {
    const line = wire.indexOf('\r\n', at)
    const size = Number.parseInt(wire.toString('latin1', at, line), 16)
    if (!(size >= 0)) throw new Error('the answer is not in chunks')
    if (size === 0) break
    bodies.push(wire.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return {
    head: end - start,
    chunks: bodies.map(({ length }) => length),
    frames: framesOf(Buffer.concat(bodies)),
  }
}

function framesOf(body: Buffer): number[] {
  const sizes: number[] = []
  for (let at = 68; at < body.length; at += sizes.at(-1)!)
    sizes.push(4 + (body.readUInt32BE(at) & 0x7fffffff))
  return sizes
}
