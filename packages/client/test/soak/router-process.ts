/** `nomyo router` as users run it, and what its operator does: changing its key, restarting it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importPublicKey } from '@nomyo/core'
import { environmentWith } from '../../../cli/test/support/command.ts'
import { envelopeFor, sendTo } from '../../../cli/test/support/envelopes.ts'

/** What it is run with. */
export interface RouterSetting {
  /** The built command. */
  readonly bin: string
  readonly dir: string
  readonly upstream: string
}

/** Of the key's files; the policy asks for one. */
const PASSWORD = 'a password of the soak'
const OK = 200

/** One that runs. */
export class RouterProcess {
  readonly #setting: RouterSetting
  #child: ChildProcess | undefined
  #port = 0
  /** From when to when nothing listened, as `performance.now()` has it. */
  #away = { from: Infinity, until: -Infinity }

  private constructor(setting: RouterSetting) {
    this.#setting = setting
  }

  /** Makes its key and starts it. */
  static async start(setting: RouterSetting): Promise<RouterProcess> {
    const router = new RouterProcess(setting)
    await router.#run('keys', 'generate', '--key-dir', router.#keyDir)
    await router.#listen()
    return router
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#child!.pid!
  }

  get #keyDir(): string {
    return join(this.#setting.dir, 'router_keys')
  }

  /**
   * Changes its key as docs/scaling.md has it for a router that is not restarted: `nomyo keys rotate`, and then a request
   * that is sealed to the new key, at which it reads its directory again. Gives the new key's fingerprint.
   */
  async changeKey(): Promise<string> {
    await this.#run('keys', 'rotate', '--key-dir', this.#keyDir)
    const key = await importPublicKey(await readFile(join(this.#keyDir, 'public_key.pem'), 'utf8'))
    const status = await sendTo(this.#port, await envelopeFor(key, 'soak'))
    if (status !== OK) throw new Error(`The router answered ${status} to its new key.`)
    return key.fingerprint
  }

  /** Ends it as an operator does, and starts it again at the same port. */
  async restart(): Promise<void> {
    this.#away = { from: performance.now(), until: Infinity }
    await this.stop()
    await this.#listen()
    this.#away.until = performance.now()
  }

  /** Whether at any moment since then nothing listened. */
  wasAwaySince(time: number): boolean {
    return performance.now() >= this.#away.from && time <= this.#away.until
  }

  async stop(): Promise<void> {
    const child = this.#child!
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const [code] = (await ended) as [number | null]
    if (code !== 0) throw new Error(`The router ended with ${String(code)}.`)
  }

  /** Ends it, whatever it is doing. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async #listen(): Promise<void> {
    const { upstream } = this.#setting
    const args = ['router', '--port', String(this.#port), '--host', '127.0.0.1', '--key-dir', this.#keyDir]
    const child = this.#spawn([...args, '--upstream', upstream, '--quiet'])
    this.#child = child
    let printed = ''
    for await (const chunk of child.stdout!) {
      printed += String(chunk)
      const port = /^NOMYO router at http:\/\/\S+?:(\d+)\/?\s/m.exec(printed)?.[1]
      if (port === undefined) continue
      this.#port = Number(port)
      return
    }
    throw new Error(`The router did not start:\n${printed}`)
  }

  async #run(...args: string[]): Promise<void> {
    const child = this.#spawn(args)
    child.stdout!.resume()
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`nomyo ${args.join(' ')} ended with ${String(code)}.`)
  }

  #spawn(args: readonly string[]): ChildProcess {
    const env = environmentWith({ NOMYO_KEY_PASSWORD: PASSWORD })
    return spawn(process.execPath, [this.#setting.bin, ...args], {
      ...{ env, cwd: this.#setting.dir, stdio: ['ignore', 'pipe', 'ignore'] },
    })
  }
}
