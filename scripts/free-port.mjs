/** Ports of this machine. Only Node built-ins. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/** One that nothing listens on, for a server that cannot choose its own. @returns {Promise<number>} */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
