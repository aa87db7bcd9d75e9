/**
 * `npm run bench`: what the SDK costs beside its floors, in one run. `-- --short` takes fewer turns, `-- --only PART`
 * runs one part, `-- --check` fails if a limit is missed.
 */
import { join } from 'node:path'
import { build } from './build.mjs'
import { main, root, run } from './command.mjs'
import { prepareWorkspace } from './pnpm.mjs'

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await build()
  const args = ['--expose-gc', join(root, 'bench/run.mjs'), ...process.argv.slice(2)]
  process.exitCode = (await run(process.execPath, args)).code
})
