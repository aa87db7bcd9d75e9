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

/** Where one runs. */
export interface RedisPlace {
  /** Default: a free one. */
  readonly port?: number
  /** Where it keeps its data, which then outlives it. Default: one of its own. */
  readonly dir?: string
  /** A configuration file, before which nothing is set but port, address and directory. */
  readonly config?: string
  /** Takes TLS alone, with this certificate and key. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** Skips the test, with the reason, where there is none. */
export function skipUnlessRedis({ skip }: TestContext): void {
  if (!isThere) skip('there is no redis-server: apt-get install redis-server, or set REDIS_SERVER_PATH')
}

/** Starts one that keeps nothing on disk, unless `config` or `options` say otherwise. */
export async function startRedis(
  options: readonly string[] = [],
  place: RedisPlace = {},
): Promise<RedisServer> {
  const server = new RedisServer(place.port ?? (await closedPort()), options, place)
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

  constructor(port: number, options: readonly string[], { dir: given, config, tls }: RedisPlace) {
    this.port = port
    this.url = tls === undefined ? `redis://127.0.0.1:${port}` : `rediss://localhost:${port}`
    const dir = given ?? mkdtempSync(join(tmpdir(), 'nomyo-redis-'))
    const args = [
      ...(config === undefined ? [] : [config]),
      ...(tls === undefined ? ['--port', String(port)] : tlsOptions(port, tls)),
      ...['--bind', '127.0.0.1', '--dir', dir],
      ...(config === undefined ? ['--save', '', '--appendonly', 'no'] : []),
      ...options,
    ]
    this.#child = spawn(SERVER, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    running.add(this)
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', () => {
        running.delete(this)
        if (given === undefined) rmSync(dir, { recursive: true, force: true })
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

function tlsOptions(port: number, { cert, key }: { readonly cert: string; readonly key: string }): string[] {
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
  return ['--port', '0', '--tls-port', String(port), ...files, '--tls-auth-clients', 'no']
}
