/** What a case may take: time and memory. Where it is, is told to the thread that watches from outside. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** ms for which a case may run, those not counted in which a busy machine let it wait. */
const LIMIT = 1000
/** How often what took too much is run: on a busy machine any case can be late, or a collection, but not each time. */
export const ATTEMPTS = 3
/** ms between two looks at whether this thread gets on. */
const BEAT = 50
/** Bytes that one case may leave in buffers, and all cases of a job together after the first fifth of them. */
const MOST_OF_CASE = 16 * 1024 * 1024
const MOST_OF_JOB = 4 * 1024 * 1024
/** With fewer cases, what is compiled late weighs more than what is leaked. */
const LEAST_CASES = 200
/** ms after a failure in which a smaller one is looked for. */
const SHRINKING = 20_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Watches the cases of one job. */
export class Watchdog {
  /** When the running case began, in ms since 1970, or 0; and which it is. */
  readonly #state: Float64Array
  readonly #warmUp: number
  #count = 0
  #used: number | undefined
  #failedAt: number | undefined

  constructor(state: Float64Array, cases: number) {
    this.#state = state
    this.#warmUp = cases < LEAST_CASES ? Infinity : Math.floor(cases / 5)
  }

  /** Cases that ran. */
  get count(): number {
    return this.#count
  }

  /** Runs a case. @throws what it throws, or Error if it takes too much. */
  async watch(run: () => Promise<void>): Promise<void> {
    if (this.#failedAt !== undefined && performance.now() - this.#failedAt > SHRINKING) return
    if (this.#count === this.#warmUp) this.#used = await usedAfterCollection()
    this.#state[1] = this.#count++
    this.#state[0] = Date.now()
    try {
      await runInTime(run)
    } catch (error) {
      this.#failedAt ??= performance.now()
      throw error
    } finally {
      this.#state[0] = 0
    }
  }

  /** Bytes in use beyond those after the first cases, if they are more than may be. */
  async growth(): Promise<number> {
    const growth = this.#used === undefined ? 0 : (await usedAfterCollection()) - this.#used
    return growth > MOST_OF_JOB ? growth : 0
  }
}

/** Bytes of buffers after the case before: asking takes time. */
let buffers = process.memoryUsage().arrayBuffers

/** How often this thread came to its timers, every {@link BEAT} ms at most. */
let beats = 0
setInterval(() => void beats++, BEAT).unref()

async function runInTime(run: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = { buffers, beats, cpu: process.cpuUsage() }
    await run()
    buffers = process.memoryUsage().arrayBuffers
    const grown = buffers - before.buffers
    if (grown > MOST_OF_CASE) throw new Error(`It left ${grown} bytes of buffers.`)
    const { user, system } = process.cpuUsage(before.cpu)
    // Either it computes, or it waits while this thread runs on. Where neither goes on, others have the processor.
    const took = Math.max((user + system) / 1000, (beats - before.beats) * BEAT)
    if (took <= LIMIT) return
    if (attempt === ATTEMPTS)
      throw new Error(`It took ${Math.round(took)} ms, and no less ${attempt - 1} times before.`)
  }
}

/** Buffers that a collection has found are given back beside it: the second one waits for that. */
async function usedAfterCollection(): Promise<number> {
  collect()
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
