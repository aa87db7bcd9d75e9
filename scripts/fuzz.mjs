/**
 * `npm run fuzz`: runs the targets in packages/core/test/fuzz with cases that are made at random. `-- --cases 2000000` runs
 * so many, `--minutes 30` so long, `--target request` one target, `--seed 7` the same cases again, `--workers 1` on one
 * core. A failure comes with the command that repeats it. The last line counts targets.
 */
import { join } from 'node:path'
import { Failure, main, root } from './command.mjs'
import { choose, planJobs, readOptions } from './fuzz/plan.mjs'
import { runPool } from './fuzz/pool.mjs'
import { prepareWorkspace } from './pnpm.mjs'

const WORKER = join(root, '.cache/fuzz/worker.mjs')
/** ms between lines that say how far it is. */
const TELL = 30_000

/** What came of each target. */
class Score {
  /** @type {Map<string, { cases: number, ms: number }>} */
  targets = new Map()
  failed = new Set()
  #seed
  #start = performance.now()
  #told = performance.now()

  constructor(seed) {
    this.#seed = seed
  }

  add({ target, seed }, { cases, failure }, ms) {
    const before = this.targets.get(target) ?? { cases: 0, ms: 0 }
    this.targets.set(target, { cases: before.cases + cases, ms: before.ms + ms })
    if (failure !== undefined && !this.failed.has(target)) {
      this.failed.add(target)
      console.log(`\nFAILED ${target}: ${failure.message}`)
      // What all cases of a job did together has no path: it takes them all again, from the first seed.
      const again =
        failure.path === ''
          ? `--seed ${this.#seed} --cases ${before.cases + cases}`
          : `--seed ${seed} --path ${failure.path}`
      console.log(`Again: npm run fuzz -- --target ${target} ${again}\n`)
    }
    if (performance.now() - this.#told < TELL) return
    this.#told = performance.now()
    console.log(this.sum())
  }

  sum() {
    const cases = [...this.targets.values()].reduce((sum, one) => sum + one.cases, 0)
    const seconds = (performance.now() - this.#start) / 1000
    return `${cases} cases in ${seconds.toFixed(0)} s, ${Math.round(cases / seconds)} a second`
  }
}

async function fuzz(args) {
  const options = readOptions(args)
  await prepareWorkspace()
  const { bundleFromSources } = await import('./from-sources.mjs')
  await bundleFromSources(join(root, 'packages/core/test/fuzz/worker.ts'), WORKER)
  console.log(`seed ${options.seed}, ${options.workers} threads`)
  const score = new Score(options.seed)
  let targets = []
  const plan = (all) => planJobs((targets = choose(all, options.wanted)), options, score.failed)
  await runPool(WORKER, options.workers, plan, (...given) => score.add(...given))
  for (const { name } of targets) {
    const { cases, ms } = score.targets.get(name) ?? { cases: 0, ms: 0 }
    console.log(
      `${name.padEnd(20)} ${String(cases).padStart(8)} cases ${(ms / 1000).toFixed(1).padStart(7)} s`,
    )
  }
  return { score, skipped: targets.filter(({ name }) => !score.targets.has(name)).length, targets }
}

await main(import.meta.url, async () => {
  const { score, skipped, targets } = await fuzz(process.argv.slice(2))
  const failed = score.failed.size
  console.log(`\n${score.sum()}`)
  console.log(`${targets.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`)
  if (failed > 0) throw new Failure('A target failed.')
})
