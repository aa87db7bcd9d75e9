/** Stands between client and router on plain TCP, and does to a connection what a fault says. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { chunksOf, passOn, send, type Outlet, type Passage } from './passage.ts'

/** What happens to one connection. What is left out passes unchanged. */
export interface Fault {
  readonly toRouter?: Passage
  readonly toClient?: Passage
}

/** A running proxy. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number
  /** Connections of clients that are open and have carried something: Node's fetch also opens some that it does not use. */
  readonly open: number
  /** Sockets that are open, towards clients and towards the router. */
  readonly sockets: number
  /** Faults that no connection has met yet. */
  readonly pending: number
  /** Bytes that the last connection for a call brought there and back, before any fault. */
  readonly last: { readonly sent: number; readonly received: number }
  /** Each meets the next new connection whose first request is not a GET: a call, or whatever TLS hides. */
  meet(...faults: readonly Fault[]): void
  /** Forgets what no connection has met. */
  forget(): void
  /** Ends every connection, as a router does that wants them no longer. */
  drop(): void
}

/** Puts one before whatever listens on that port of 127.0.0.1. */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const proxy = new Proxy(target)
  await proxy.listen()
  return proxy
}

class Proxy implements FaultProxy {
  readonly #target: number
  readonly #server = createServer(
    { allowHalfOpen: true, noDelay: true },
    (client) => void this.#carry(client),
  )
  readonly #sockets = new Set<Socket>()
  readonly #used = new Set<Socket>()
  readonly #twins = new Set<Socket>()
  readonly #faults: Fault[] = []
  last: { sent: number; received: number } = { sent: 0, received: 0 }

  constructor(target: number) {
    this.#target = target
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get open(): number {
    return this.#used.size
  }

  get sockets(): number {
    return this.#sockets.size
  }

  get pending(): number {
    return this.#faults.length
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  meet(...faults: readonly Fault[]): void {
    this.#faults.push(...faults)
  }

  forget(): void {
    this.#faults.length = 0
  }

  drop(): void {
    for (const socket of this.#sockets) if (!this.#twins.has(socket)) socket.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #carry(client: Socket): Promise<void> {
    this.#keep(client)
    const sent = chunksOf(client)
    const first = await sent.next()
    if (first.done) return void client.end()
    this.#used.add(client)
    const isCall = !first.value.toString('latin1').startsWith('GET ')
    const fault = (isCall ? this.#faults.shift() : undefined) ?? {}
    const router = this.#keep(this.#connect())
    // Whoever goes away for good is missed at the other end too.
    client.on('close', () => router.destroy())
    router.on('close', () => client.destroy())
    const bytes = { sent: 0, received: 0 }
    if (isCall) this.last = bytes
    const there = counted(withFirst(first.value, sent), (length) => (bytes.sent += length))
    const back = counted(chunksOf(router), (length) => (bytes.received += length))
    const { toRouter = passOn, toClient = passOn } = fault
    await Promise.all([
      toRouter(there, this.#outlet(router, client)),
      toClient(back, this.#outlet(client, router)),
    ])
  }

  #connect(): Socket {
    return connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    // An error is followed by close, and a broken connection is what all of this is about.
    socket
      .on('error', () => undefined)
      .on('close', () => {
        this.#sockets.delete(socket)
        this.#used.delete(socket)
      })
    return socket
  }

  #outlet(to: Socket, other: Socket): Outlet {
    return {
      write: (bytes) => send(to, bytes),
      end: () => void to.end(),
      cut: () => {
        for (const socket of [to, other]) socket.end(() => socket.destroy())
      },
      reset: () => {
        for (const socket of [to, other]) socket.resetAndDestroy()
      },
      twin: () => {
        const twin = this.#keep(this.#connect())
        this.#twins.add(twin)
        // Not before it is answered: nobody shall say that the router let it be because its sender had gone.
        twin.once('data', () => twin.end()).on('close', () => this.#twins.delete(twin))
        return { write: (bytes) => send(twin, bytes) }
      },
    }
  }
}

async function* withFirst(
  first: Buffer,
  rest: AsyncGenerator<Buffer, void, undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  yield first
  yield* rest
}

async function* counted(
  chunks: AsyncGenerator<Buffer, void, undefined>,
  count: (length: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) {
    count(chunk.length)
    yield chunk
  }
}
