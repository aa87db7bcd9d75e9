/** Threads that run the cases of fuzz targets, and a look from outside at those that no longer answer. */
import { Worker } from 'node:worker_threads'

/** ms after which a case counts as hung. What takes over a second, but ends, is found by the thread itself. */
const HUNG = 15_000
const HEAP_MB = 512

/**
 * @typedef {{ target: string, seed: number, cases: number, path?: string }} Job
 * @typedef {{ cases: number, failure?: { message: string, path: string } }} Result
 */

/** One thread at a time; a new one when it was lost. */
class Runner {
  #file
  #worker
  #state
  #targets

  constructor(file) {
    this.#file = file
  }

  /** Starts a thread, and gives the table of targets. */
  start() {
    this.#state = new Float64Array(new SharedArrayBuffer(16))
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB }
    this.#worker = new Worker(this.#file, { workerData: { state: this.#state }, resourceLimits })
    this.#targets = this.#answer()
    return this.#targets
  }

  /** @param {Job} job @returns {Promise<Result>} */
  async run(job) {
    await this.#targets
    this.#state.fill(0)
    const answer = this.#answer()
    this.#worker.postMessage(job)
    try {
      return await answer
    } catch (error) {
      const at = this.#state[1]
      await this.stop()
      await this.start()
      return { cases: at, failure: { message: String(error), path: String(at) } }
    }
  }

  stop() {
    return this.#worker.terminate()
  }

  /** The thread's next message. */
  #answer() {
    const { promise, resolve, reject } = withResolvers()
    const worker = this.#worker
    const onExit = (code) => reject(new Error(`The thread ended (${code}): nothing was left to wait for.`))
    worker.once('message', resolve).once('error', reject).once('exit', onExit)
    const timer = setInterval(() => {
      const since = this.#state[0]
      if (since > 0 && Date.now() - since > HUNG) reject(new Error(`It was still running after ${HUNG} ms.`))
    }, 500)
    return promise.finally(() => {
      clearInterval(timer)
      worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit')
      // One that comes too late, such as of a thread that is being ended.
      worker.on('error', () => {})
    })
  }
}

/** Node 20 has no Promise.withResolvers. */
function withResolvers() {
  let resolve, reject
  const promise = new Promise((...given) => ([resolve, reject] = given))
  return { promise, resolve, reject }
}

/**
 * Runs jobs on `size` threads until there are no more.
 *
 * @param {string} file the thread's program
 * @param {number} size
 * @param {(targets: { name: string, share: number }[]) => Iterator<Job>} plan
 * @param {(job: Job, result: Result, ms: number) => void} report
 */
export async function runPool(file, size, plan, report) {
  const runners = Array.from({ length: size }, () => new Runner(file))
  const [{ targets }] = await Promise.all(runners.map((runner) => runner.start()))
  const jobs = plan(targets)
  const work = async (runner) => {
    for (let next = jobs.next(); next.done !== true; next = jobs.next()) {
      const start = performance.now()
      report(next.value, await runner.run(next.value), performance.now() - start)
    }
    await runner.stop()
  }
  await Promise.all(runners.map(work))
}
