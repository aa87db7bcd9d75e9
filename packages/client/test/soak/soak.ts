/**
 * The program of `npm run soak`, see scripts/soak.mjs: clients, a models' server and the proxies that make faults in this
 * process, the router in its own. Argument, as JSON: the numbers of the plan, the command's path, a directory for keys.
 */
import { generateKeyPair } from '@nomyo/core'
import { inTurn } from '../../../cli/test/support/in-turn.ts'
import { WAYS } from '../faults/matrix.ts'
import { Changes, type Concerned } from './changes.ts'
import { FaultyLane, FAULTS, RETRIES, SteadyClient } from './clients.ts'
import { fallen } from './fallen.ts'
import { linesOf, type Measured } from './judge.ts'
import { startModelServer, type ModelServer } from './model-server.ts'
import { callAt, eventsOf, SETTLED_AT, type Numbers } from './plan.ts'
import { descriptorsOf, held, residentOf, timers } from './resources.ts'
import { RouterProcess } from './router-process.ts'
import { Tally } from './tally.ts'

/** ms between lines that say how far it is. */
const TELL = 30_000

type Argument = Numbers & { readonly bin: string; readonly dir: string }

/** Everything under the load. */
interface Stage extends Concerned {
  readonly model: ModelServer
  readonly numbers: Numbers
  /** Given to every call. */
  readonly signal: AbortSignal
}

async function soak({ bin, dir, ...numbers }: Argument): Promise<Measured> {
  const { signal } = new AbortController()
  // The first server of a process, and the first fetch, open what stays open.
  await (await startModelServer(0))[Symbol.asyncDispose]()
  await fetch('data:,')
  const before = await held(signal)
  const model = await startModelServer(numbers.calls)
  const router = await RouterProcess.start({ bin, dir, upstream: model.url })
  try {
    const idle = descriptorsOf(router.pid)
    const load = await underLoad({ model, router, numbers, signal })
    const resident = residentOf(router.pid)
    const left = await fallen(() => descriptorsOf(router.pid), idle)
    await router.stop()
    await model[Symbol.asyncDispose]()
    await fallen(() => descriptorsOf('self'), before.descriptors)
    await fallen(timers, before.timers)
    return { ...load, before, after: await held(signal), router: { ...load.router, resident, idle, left } }
  } finally {
    router.kill()
  }
}

type Load = Omit<Measured, 'before' | 'after' | 'router'> & {
  readonly router: { readonly settled: number | undefined }
}

async function underLoad(stage: Omit<Stage, 'steady' | 'lanes'>): Promise<Load> {
  const { router, numbers, signal } = stage
  const setting = { routerPort: router.port, keyPair: await generateKeyPair(), signal }
  const steady = {
    '1.0': await SteadyClient.make('1.0', setting),
    '2.0': await SteadyClient.make('2.0', setting),
  }
  const lanes = await Promise.all(WAYS.map((way) => FaultyLane.make(way, setting)))
  const whole = { ...stage, steady, lanes }
  const load = new Calls(whole)
  const start = performance.now()
  const settledAt = Math.floor(numbers.calls * SETTLED_AT)
  await load.run(0, settledAt)
  const [settled, ofRouter] = [await held(signal), residentOf(router.pid)]
  await load.run(settledAt, numbers.calls)
  const idle = { settled, end: await held(signal) }
  const seconds = (performance.now() - start) / 1000
  for (const one of [...Object.values(steady), ...lanes]) await one[Symbol.asyncDispose]()
  const { tally, twice, changes } = load
  return { tally, twice: twice(), changes: changes.counts, idle, seconds, router: { settled: ofRouter } }
}

/** The calls, and what comes of them. */
class Calls {
  readonly #stage: Stage
  readonly #faults = [...FAULTS.keys()]
  /** How often the model may be asked with each. */
  readonly #most: Uint8Array
  readonly tally = new Tally()
  readonly changes: Changes
  #told = performance.now()

  constructor(stage: Stage) {
    this.#stage = stage
    this.#most = new Uint8Array(stage.numbers.calls)
    this.changes = new Changes(stage)
  }

  /** Those from `first` to before `end`, and what changes meanwhile, to their ends. */
  async run(first: number, end: number): Promise<void> {
    const { numbers } = this.#stage
    const events = eventsOf(numbers).filter(({ at }) => at >= first && at < end)
    await inTurn(end - first, numbers.width, async (offset) => {
      const index = first + offset
      for (const { at, kind } of events) if (at === index) this.changes.begin(kind)
      await this.changes.room()
      await this.#call(index)
      this.#tell()
    })
    await this.changes.made()
  }

  /** The calls over 2.0 of which an envelope was processed twice. */
  readonly twice = (): number[] => {
    const { model, numbers } = this.#stage
    const all = Array.from({ length: numbers.calls }, (_, index) => index)
    return all.filter((index) => model.times(index) > this.#most[index]!)
  }

  async #call(index: number): Promise<void> {
    const { numbers, router, steady, lanes } = this.#stage
    const { way, fault } = callAt(index, this.#faults, numbers)
    const start = performance.now()
    const outcome = await (fault === undefined
      ? steady[way.protocol].call(index, way.streamed)
      : lanes[WAYS.indexOf(way)]!.call(index, fault))
    const wasAway = router.wasAwaySince(start)
    // Over 2.0 one for each envelope; over 1.0 whoever sends one twice is answered twice.
    this.#most[index] = way.protocol === '1.0' ? 255 : wasAway && fault === undefined ? 1 + RETRIES : 1
    this.tally.add({ index, way, fault, outcome, wasAway })
  }

  #tell(): void {
    if (performance.now() - this.#told < TELL) return
    this.#told = performance.now()
    const { ended, right } = this.tally
    process.stdout.write(`${ended} of ${this.#stage.numbers.calls} calls, ${right} right\n`)
  }
}

const numbers = JSON.parse(process.argv[2]!) as Argument
const lines = linesOf(await soak(numbers), numbers)
process.stdout.write(`${lines.join('\n')}\n`)
if (lines.some((line) => line.startsWith('FAILED'))) process.exitCode = 1
