/** `npm run coverage`: which branches of core its own tests in Node take. Fails below 95 %. */
import { Failure, main } from './command.mjs'
import { prepareWorkspace, runBinary } from './pnpm.mjs'

const LEAST_BRANCHES = 95

const ARGS = [
  ...['run', '--project=node', 'packages/core/'],
  ...['--coverage.enabled', '--coverage.provider=v8', '--coverage.include=packages/core/src/**'],
  ...['--coverage.reporter=text', `--coverage.thresholds.branches=${LEAST_BRANCHES}`],
]

/** Measures it, and shows the table. */
export async function measureCoverage() {
  const { code } = await runBinary('vitest', ARGS)
  if (code !== 0)
    throw new Failure(`Fewer than ${LEAST_BRANCHES} % of core’s branches are taken, or a test failed.`)
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await measureCoverage()
})
