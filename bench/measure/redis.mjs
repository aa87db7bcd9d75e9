/** A redis-server of the bench's own, from PATH or REDIS_SERVER_PATH, that keeps nothing on disk. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port.mjs'

const SERVER = process.env.REDIS_SERVER_PATH || 'redis-server'

export const isRedisThere = () => spawnSync(SERVER, ['--version']).status === 0

/** @returns {Promise<{ url: string, end: () => Promise<void> }>} */
export async function startRedis() {
  const [port, dir] = [await freePort(), await mkdtemp(join(tmpdir(), 'nomyo-bench-redis-'))]
  const nothingOnDisk = ['--save', '', '--appendonly', 'no']
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...nothingOnDisk]
  const server = spawn(SERVER, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'close')
  let log = ''
  for await (const chunk of server.stdout) {
    log += chunk
    if (log.includes('Ready to accept connections')) break
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async end() {
      server.kill()
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}
