/** The local router as a process of its own, serving the built page. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../../packages/cli/dist/bin.js', import.meta.url))
const PAGE = fileURLToPath(new URL('../dist', import.meta.url))
const ADDRESS = /http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]):\d+/
/** ms: its first start generates an RSA-4096 key pair. */
const START_TIMEOUT = 60_000

/** A router that can be stopped and started again at the same address. */
export class LocalRouter {
  #process: ChildProcess | undefined
  #address: string | undefined
  #keyDirs: string[] = []
  #options: readonly string[] = []

  /** Where the page is. */
  get address(): string {
    if (this.#address === undefined) throw new Error('The router was not started.')
    return this.#address
  }

  /** Starts it, with the key and the options of `nomyo router` that it had before, if there were any. */
  async start(more: readonly string[] = this.#options): Promise<void> {
    this.#options = more
    const keyDir = this.#keyDirs.at(-1) ?? (await this.#newKeyDir())
    const port = this.#address === undefined ? '0' : new URL(this.#address).port
    const options = ['--port', port, '--static', PAGE, '--key-dir', keyDir, ...more]
    this.#process = spawn(process.execPath, [COMMAND, 'router', ...options], { stdio: 'pipe' })
    this.#address = await printedAddress(this.#process)
  }

  async stop(): Promise<void> {
    const { exitCode = 0, signalCode = null } = this.#process ?? {}
    if (this.#process === undefined || exitCode !== null || signalCode !== null) return
    const ended = new Promise((resolve) => this.#process?.once('exit', resolve))
    this.#process.kill()
    await ended
  }

  /** Starts it again with another key. */
  async restartWithNewKey(): Promise<void> {
    await this.stop()
    await this.#newKeyDir()
    await this.start()
  }

  /** The fingerprint of the key that it shows now. */
  async fingerprint(): Promise<string> {
    const answer = await fetch(`${this.address}/pki/public_key`)
    return fingerprintOf(await answer.text())
  }

  /** Stops it for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await Promise.all(this.#keyDirs.map((dir) => rm(dir, { recursive: true, force: true })))
  }

  async #newKeyDir(): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'nomyo-demo-'))
    this.#keyDirs.push(dir)
    return dir
  }
}

/** `sha256/` and the base64 of the SHA-256 of a public key's DER. */
export function fingerprintOf(pem: string): string {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  return `sha256/${createHash('sha256').update(spki).digest('base64')}`
}

function printedAddress(router: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const fail = (reason: string): void => reject(new Error(`The router ${reason}:\n${output}`))
    const timer = setTimeout(() => fail(`printed no address within ${START_TIMEOUT} ms`), START_TIMEOUT)
    router.once('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with ${code}`)
    })
    const read = (part: Buffer): void => {
      output += part.toString()
      const address = ADDRESS.exec(output)?.[0]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    }
    router.stdout?.on('data', read)
    router.stderr?.on('data', read)
  })
}
