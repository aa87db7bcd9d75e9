/** A real redis-server, from Debian's package: PATH or REDIS_SERVER_PATH. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import type { TestContext } from 'vitest'
import { closedPort } from './upstream.ts'

const SERVER = process.env['REDIS_SERVER_PATH'] || 'redis-server'
const isThere = spawnSync(SERVER, ['--version']).status === 0
const running = new Set<RedisServer>()

/** Skips the test, with the reason, where there is none. */
export function skipUnlessRedis({ skip }: TestContext): void {
  if (!isThere) skip('there is no redis-server: apt-get install redis-server, or set REDIS_SERVER_PATH')
}

/** Starts one that keeps nothing on disk, on `port` or a free one, with these options besides. */
export async function startRedis(options: readonly string[] = [], port?: number): Promise<RedisServer> {
  const server = new RedisServer(port ?? (await closedPort()), options)
  await server.ready
  return server
}

/** Ends every server that a test has left running. */
export async function stopRedis(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()))
}

/** A running one. */
export class RedisServer {
  readonly port: number
  readonly url: string
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  readonly #closed: Promise<void>

  constructor(port: number, options: readonly string[]) {
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
    const dir = mkdtempSync(join(tmpdir(), 'nomyo-redis-'))
    const own = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--appendonly',
      'no',
    ]
    this.#child = spawn(SERVER, [...own, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
    running.add(this)
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', () => {
        running.delete(this)
        rmSync(dir, { recursive: true, force: true })
        resolve()
      })
    })
    this.ready = new Promise((resolve, reject) => {
      let log = ''
      this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        log += text
        if (log.includes('Ready to accept connections')) resolve()
      })
      this.#child.once('error', reject).once('close', () => reject(new Error(`redis-server ended:\n${log}`)))
    })
  }

  /** SIGSTOP makes it one that takes connections and says nothing. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  /** Sends one command as an operator would. */
  async command(...args: string[]): Promise<unknown> {
    const client = createClient({ url: this.url })
    await client.connect()
    try {
      return await client.sendCommand(args)
    } finally {
      client.destroy()
    }
  }
}
