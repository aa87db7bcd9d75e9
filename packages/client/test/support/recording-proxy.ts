/** Stands between client and router on plain TCP and keeps every byte. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A running proxy. */
export interface RecordingProxy extends AsyncDisposable {
  /** To be used in place of the router's. */
  readonly url: string
  fromClient(): Buffer
  fromServer(): Buffer
}

/** Starts a proxy before the http server at `target`. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const { hostname, port } = new URL(target)
  const there: Buffer[] = []
  const back: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    record(client, upstream, there)
    record(upstream, client, back)
  })
  const record = (from: Socket, to: Socket, kept: Buffer[]): void => {
    sockets.add(from)
    from.on('data', (chunk: Buffer) => kept.push(chunk))
    from.on('error', () => to.destroy())
    from.on('close', () => sockets.delete(from))
    from.pipe(to)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fromClient: () => Buffer.concat(there),
    fromServer: () => Buffer.concat(back),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
