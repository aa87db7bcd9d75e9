/**
 * `npm test`: installs what is missing, builds, checks, and runs the fast tests. The last line counts them.
 *
 * `npm test -- packages/core` runs the test files with that in their path, `npm test -- packages/core -t
 * seal` of these the tests with that in their name: Vitest gets the arguments as they are, Playwright runs
 * if one of them is part of a spec's path.
 *
 * `npm run test:slow` (`--slow`) runs what takes too long for that: the command and its terminals, many processes, other languages.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { checkStyle } from './check.mjs'
import { findChromium } from './chromium.mjs'
import { Failure, main, root } from './command.mjs'
import { forgetOutcomes, keepOutcomes } from './outcomes.mjs'
import { prepareWorkspace, runBinary } from './pnpm.mjs'
import { provideServers } from './servers.mjs'
import { forgetTally, readTally, sumTallies } from './tally.mjs'

const NOTHING = { passed: 0, failed: 0, skipped: [] }
const FAILURE = { ...NOTHING, failed: 1 }

/**
 * Runs one part and says how long it took. A part that throws counts as one failure, and the others go on.
 *
 * @param {string} name
 * @param {() => Promise<import('./tally.mjs').Tally | void>} task
 */
async function tier(name, task) {
  const start = performance.now()
  const outcome = (word) =>
    console.log(`${name} ${word} after ${((performance.now() - start) / 1000).toFixed(1)} s`)
  try {
    const tally = (await task()) ?? NOTHING
    outcome(tally.failed > 0 ? 'FAILED' : 'done')
    return tally
  } catch (error) {
    console.log(error instanceof Failure ? error.message : error)
    outcome('FAILED')
    return FAILURE
  }
}

async function provideChromium() {
  process.env.CHROMIUM_PATH = await findChromium()
}

async function runVitest(args, { isSlow, passWithNoTests }) {
  forgetTally('vitest')
  const reporters = ['--reporter=default', '--reporter=./scripts/vitest-reporter.mjs']
  // Without a browser the rest is still worth knowing; that it is missing has been counted already.
  const browsers = process.env.CHROMIUM_PATH ? ['--project=chromium'] : []
  const projects = isSlow ? ['--project=slow'] : ['--project=node', ...browsers]
  const empty = passWithNoTests ? ['--passWithNoTests'] : []
  const { code } = await runBinary('vitest', ['run', ...reporters, ...projects, ...empty, ...args])
  return readTally('vitest', code)
}

async function runPlaywright(specs) {
  forgetTally('playwright')
  const reporter = '--reporter=list,./scripts/playwright-reporter.mjs'
  const { code } = await runBinary('@playwright/test', ['test', reporter, ...specs], {
    command: 'playwright',
  })
  return readTally('playwright', code)
}

function findSpecs(args, isSlow) {
  const folder = 'apps/demo/test'
  if (!existsSync(join(root, folder))) return []
  const specs = readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.spec.ts') && file.endsWith('.slow.spec.ts') === isSlow)
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
  return args.length === 0 ? specs : specs.filter((spec) => args.some((arg) => spec.includes(arg)))
}

async function runTiers(given) {
  const isSlow = given.includes('--slow')
  const args = given.filter((arg) => arg !== '--slow')
  const specs = findSpecs(args, isSlow)
  const script = isSlow ? 'test:slow' : 'test'
  // A run of some files says nothing of the others: then what was known of all of them stays.
  const isWhole = args.length === 0
  if (isWhole) forgetOutcomes(script)
  const prepared = await tier('Install', prepareWorkspace)
  if (prepared.failed > 0) return [prepared]
  const built = await Promise.all([
    tier('Chromium', provideChromium),
    tier('Build', async () => void (await build())),
  ])
  // Not at once with Chromium, which apt-get may be installing.
  const servers = isSlow ? [await tier('Servers', provideServers)] : []
  const checked = isSlow ? [] : [await tier('Check', checkStyle)]
  // A filter that fits only specs leaves Vitest with nothing to do; one that fits nothing is a mistake.
  const unit = await tier('Vitest', () => runVitest(args, { isSlow, passWithNoTests: specs.length > 0 }))
  const browser = specs.length > 0 ? [await tier('Playwright', () => runPlaywright(specs))] : []
  if (isWhole) keepOutcomes(script)
  return [...built, ...servers, ...checked, unit, ...browser]
}

await main(import.meta.url, async () => {
  // A log file wants no colours, and Vitest does not ask.
  if (!process.stdout.isTTY && !process.env.FORCE_COLOR) process.env.NO_COLOR = '1'
  const { passed, failed, skipped, counts } = sumTallies(await runTiers(process.argv.slice(2)))
  for (const count of counts) console.log(count)
  for (const { test, reason } of skipped) console.log(`skipped: ${test} (${reason})`)
  if (failed > 0) process.exitCode = 1
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`)
})
