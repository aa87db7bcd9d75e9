/** What CI runs: the fast tests, then the slower tiers in their short form. The last line sums all of them. */
import { spawn } from 'node:child_process'
import { Failure, main, root } from './command.mjs'
import { sumTallies } from './tally.mjs'

const TIERS = [
  'test',
  'test:slow',
  'test:fuzz',
  'test:soak',
  'test:integrations',
  'test:examples',
  'site:check',
  'release:check',
  'test:runtimes',
  // Reads what the first two have left.
  'hostile',
]
const LAST_LINE = /^(\d+) passed, (\d+) failed, (\d+) skipped$/

/** Runs an npm script, shows what it prints, and reads its last line. */
async function runTier(script) {
  console.log(`\n# npm run ${script}\n`)
  const start = performance.now()
  const child = spawn('npm', ['run', script], {
    ...{ cwd: root, stdio: ['ignore', 'pipe', 'inherit'], shell: process.platform === 'win32' },
  })
  let tail = ''
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk)
    tail = (tail + chunk).slice(-1000)
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  console.log(`npm run ${script}: ${Math.round((performance.now() - start) / 1000)} s`)
  const counts = LAST_LINE.exec(tail.trimEnd().split('\n').at(-1) ?? '')
  const [passed = 0, failed = 1, skipped = 0] = (counts ?? []).slice(1).map(Number)
  const isRed = code !== 0 && failed === 0
  return { passed, failed: isRed ? 1 : failed, skipped: Array.from({ length: skipped }, () => script) }
}

await main(import.meta.url, async () => {
  const tallies = []
  for (const script of TIERS) tallies.push(await runTier(script))
  const { passed, failed, skipped } = sumTallies(tallies)
  console.log(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`)
  if (failed > 0) throw new Failure('CI is red.')
})
