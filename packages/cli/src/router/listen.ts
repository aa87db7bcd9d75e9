/** Listening on several addresses with one port. */
import { serve, type Server, type ServerOptions } from 'srvx'
import { CommandFailure } from '../failure.js'
import type { Handler } from './site.js'
import type { Certificate } from './certificate.js'

/** Addresses that are being listened on. */
export interface Listeners {
  readonly port: number
  readonly hosts: readonly string[]
  /** Stops listening; what is running may finish within `graceMs`. */
  close(graceMs: number): Promise<void>
}

// What a machine without IPv6 says to ::1.
const NO_SUCH_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']
/** How often another free port is tried, if the one that is free for the first address is taken for the next. */
const TRIES = 5
/** ms between looks for connections that have become idle while everything stops. */
const SWEEP_MS = 50

/**
 * Over https: with a certificate, else over http:.
 * @throws CommandFailure if the port is taken, or none of the addresses exists.
 */
export async function listen(
  handler: Handler,
  port: number,
  hosts: readonly string[],
  tls?: Certificate,
): Promise<Listeners> {
  const listening: Listening = { handler, hosts, tls }
  for (let attempt = 1; ; attempt++) {
    const servers: Server[] = []
    try {
      return await listenOnce(listening, port, servers)
    } catch (error) {
      await Promise.all(servers.map((server) => server.close(true)))
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE' && port === 0 && attempt < TRIES) continue
      throw code === undefined ? error : new CommandFailure(explanation(code, port))
    }
  }
}

/** What is listened with, whatever the port. */
interface Listening {
  readonly handler: Handler
  readonly hosts: readonly string[]
  readonly tls: Certificate | undefined
}

async function listenOnce(listening: Listening, port: number, servers: Server[]): Promise<Listeners> {
  const { hosts } = listening
  const reached: string[] = []
  let current = port
  for (const host of hosts) {
    const server = serverAt(host, current, listening)
    try {
      await server.serve()
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      const isLastHope = reached.length === 0 && host === hosts.at(-1)
      if (NO_SUCH_ADDRESS.includes(code) && !isLastHope) continue
      throw error
    }
    servers.push(server)
    reached.push(host)
    current = Number(new URL(server.url!).port)
  }
  return { port: current, hosts: reached, close: (graceMs) => closeAll(servers, graceMs) }
}

function serverAt(hostname: string, port: number, { handler, tls }: Listening): Server {
  const options = { manual: true, silent: true, gracefulShutdown: false }
  // Over HTTP/2 there is no Host header to be checked, and idle connections would hold up the end.
  const secure = tls === undefined ? {} : { tls, protocol: 'https', node: { http2: false } }
  return serve({ ...options, ...secure, fetch: handler, hostname, port } as ServerOptions)
}

async function closeAll(servers: readonly Server[], graceMs: number): Promise<void> {
  const force = setTimeout(() => {
    for (const server of servers) void server.close(true)
  }, graceMs)
  // A connection whose answer has just been given is kept alive, and would be waited for.
  const sweep = setInterval(() => servers.forEach(closeIdleConnections), SWEEP_MS)
  await Promise.all(servers.map((server) => server.close()))
  clearInterval(sweep)
  clearTimeout(force)
}

function closeIdleConnections({ node }: Server): void {
  const server = node?.server
  if (server !== undefined && 'closeIdleConnections' in server) server.closeIdleConnections()
}

function explanation(code: string, port: number): string {
  if (code === 'EADDRINUSE') {
    const other = port === 39_100 ? 39_200 : 39_100
    return `Port ${port} is taken by another program. Choose another one: --port ${other} (npm start: PORT=${other} npm start).`
  }
  if (code === 'EACCES') return `Port ${port} needs more rights than this user has. Choose one above 1023.`
  return `Listening on port ${port} failed (${code}).`
}
