/** `nomyo router` as users start it, with a key directory of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../packages/cli/dist/bin.js', import.meta.url))
const ADDRESS = /NOMYO router at http:\/\/[^:]+:(\d+)/

/** A router that runs. */
export class CommandRouter {
  #process
  #ownsKeys
  keyDir
  url

  /**
   * Starts it: with a directory of its own, which takes as long as generating a key does, or with another one's.
   *
   * @param {string[]} [more] arguments
   * @param {string} [keyDir]
   */
  static async start(more = [], keyDir) {
    const router = new CommandRouter()
    router.#ownsKeys = keyDir === undefined
    router.keyDir = keyDir ?? (await mkdtemp(join(tmpdir(), 'nomyo-bench-')))
    const args = [COMMAND, 'router', '--port', '0', '--key-dir', router.keyDir, ...more]
    // Its log is written, as it is by default, and thrown away.
    router.#process = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    let output = ''
    for await (const chunk of router.#process.stdout) {
      output += chunk
      const port = ADDRESS.exec(output)?.[1]
      if (port === undefined) continue
      router.url = `http://127.0.0.1:${port}`
      return router
    }
    throw new Error(`The router printed no address:\n${output}`)
  }

  async end() {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
    if (this.#ownsKeys) await rm(this.keyDir, { recursive: true, force: true })
  }
}
