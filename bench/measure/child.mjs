/** Processes of the bench: each says one message when it is ready, and one for each that it is sent. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that answers. */
export class Child {
  #process
  /** What it said when it was ready. */
  ready

  /**
   * @param {string} file below bench/
   * @param {string[]} args
   * @param {string[]} execArgv
   */
  constructor(file, args = [], execArgv = []) {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
    this.#process = fork(path, args, { execArgv })
    this.ready = this.#answer()
    // Whoever waits for it is told.
    this.ready.catch(() => undefined)
  }

  get pid() {
    return this.#process.pid
  }

  async ask(question) {
    const answer = this.#answer()
    this.#process.send(question)
    return answer
  }

  async end() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
  }

  async #answer() {
    const over = new AbortController()
    const gone = once(this.#process, 'exit', { signal: over.signal }).then(([code]) => {
      throw new Error(`${this.#process.spawnargs.slice(1).join(' ')} ended with ${code}.`)
    })
    try {
      const [answer] = await Promise.race([once(this.#process, 'message', { signal: over.signal }), gone])
      return answer
    } finally {
      gone.catch(() => undefined)
      over.abort()
    }
  }
}
