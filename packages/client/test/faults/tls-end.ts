/** Ends TLS before a router that speaks plain HTTP, as a proxy in front of it does. */
import { connect, type AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Certificate } from '../support/certificates.ts'

/** A running end of TLS. */
export interface TlsEnd extends AsyncDisposable {
  readonly port: number
  /** Shows another certificate from now on. */
  show(certificate: Certificate): void
}

/** Puts one before whatever listens on that port of 127.0.0.1. */
export async function startTlsEnd(target: number, certificate: Certificate): Promise<TlsEnd> {
  const sockets = new Set<TLSSocket>()
  const server = createServer({ ...certificate }, (client) => {
    const router = connect(target, '127.0.0.1')
    sockets.add(client)
    client.on('error', () => router.destroy()).on('close', () => router.destroy())
    client.on('close', () => sockets.delete(client))
    router.on('error', () => client.destroy()).on('close', () => client.end())
    client.pipe(router)
    router.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    show: (other) => server.setSecureContext({ ...other }),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
