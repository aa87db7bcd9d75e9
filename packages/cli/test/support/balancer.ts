/** A load balancer of the tests: TCP, connections in turn, the next router where one takes none. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A running one. */
export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** The ports in turn; may be changed while it runs. */
  readonly ports: number[]
}

/** Starts it on a free port before these. */
export async function startBalancer(ports: number[]): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let turn = 0
  const forward = (client: Socket, tries: number): void => {
    const router = connect(ports[turn++ % ports.length]!, '127.0.0.1')
    let isConnected = false
    router.once('connect', () => {
      isConnected = true
      client.pipe(router).pipe(client)
    })
    router.once('error', () => {
      if (!isConnected && tries > 1) forward(client, tries - 1)
      else client.destroy()
    })
    router.once('close', () => {
      if (isConnected) client.destroy()
      sockets.delete(router)
    })
    client.once('close', () => router.destroy())
    sockets.add(router)
  }
  const server = createServer((client) => {
    sockets.add(client)
    // Whoever breaks off is told to the other side by the end of its connection.
    client.on('error', () => client.destroy()).once('close', () => sockets.delete(client))
    forward(client, ports.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ports },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
