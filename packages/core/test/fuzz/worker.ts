/** A thread that runs jobs: some cases of one target each. Started by scripts/fuzz/pool.mjs. */
import fc from 'fast-check'
import { parentPort, workerData } from 'node:worker_threads'
import type { Watch } from './target.js'
import { TARGETS } from './targets.js'
import { ATTEMPTS, Watchdog } from './watchdog.js'

/** What is to be run. */
interface Job {
  readonly target: string
  readonly seed: number
  readonly cases: number
  /** The case to begin with, of which a failure told. */
  readonly path?: string
}

/** What came of it. */
interface Result {
  readonly cases: number
  readonly failure?: { readonly message: string; readonly path: string }
}

const { state } = workerData as { state: Float64Array }
const properties = new Map<string, Promise<fc.IAsyncProperty<unknown>>>()
let watchdog = new Watchdog(state, 0)
const watch: Watch = (run) => watchdog.watch(run)

/** Its keys and messages are made once. */
function propertyOf(name: string): Promise<fc.IAsyncProperty<unknown>> {
  const made = properties.get(name) ?? TARGETS.find((target) => target.name === name)!.property(watch)
  properties.set(name, made)
  return made
}

async function runJob({ target, seed, cases, path }: Job): Promise<Result> {
  const property = await propertyOf(target)
  for (let attempt = 1; ; attempt++) {
    watchdog = new Watchdog(state, cases)
    const details = await fc.check(property, {
      seed,
      numRuns: cases,
      ...(path === undefined ? {} : { path }),
    })
    const { count } = watchdog
    if (details.failed) {
      return { cases: count, failure: { message: tell(details), path: details.counterexamplePath ?? '0' } }
    }
    const growth = await watchdog.growth()
    if (growth === 0) return { cases: count }
    if (attempt === ATTEMPTS) return { cases: count, failure: { message: leaked(count, growth), path: '' } }
  }
}

function leaked(cases: number, growth: number): string {
  return `${cases} cases left ${growth} bytes behind, and as many each time that they were run again.`
}

function tell({ errorInstance, counterexample }: fc.RunDetails<unknown>): string {
  const text =
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance)
  const cause =
    errorInstance instanceof Error && errorInstance.cause instanceof Error ? errorInstance.cause : undefined
  return [
    text,
    ...(cause ? [`caused by ${cause.stack}`] : []),
    fc.stringify(counterexample).slice(0, 1000),
  ].join('\n')
}

process.setSourceMapsEnabled(true)
parentPort!.on('message', (job: Job) => {
  void runJob(job).then((result) => parentPort!.postMessage(result))
})
parentPort!.postMessage({ targets: TARGETS.map(({ name, share }) => ({ name, share })) })
