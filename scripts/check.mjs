/** `npm run check`: types, lint, format. `npm run format` writes what can be mended. */
import { checkTypes } from './build.mjs'
import { Failure, main } from './command.mjs'
import { prepareWorkspace, runBinary } from './pnpm.mjs'

const lint = (fix) =>
  runBinary('oxlint', ['--type-aware', '--deny-warnings', ...(fix ? ['--fix'] : [])], { capture: true })

function format(fix) {
  const cache = ['--cache', '--cache-location', '.cache/prettier', '--cache-strategy', 'content']
  return runBinary('prettier', ['.', fix ? '--write' : '--check', '--log-level', 'warn', ...cache], {
    capture: true,
  })
}

/** Lint and format. The rules that look at types need the declarations, so `tsc -b` comes first. */
export async function checkStyle({ fix = false } = {}) {
  // Writing one after the other, since both may want the same file.
  const linted = fix ? await lint(fix) : lint(fix)
  const results = await Promise.all([linted, format(fix)])
  const complaints = results.filter((result) => result.code !== 0).map((result) => result.output)
  if (complaints.length > 0) throw new Failure(complaints.join('\n\n'))
}

await main(import.meta.url, async () => {
  const fix = process.argv.includes('--fix')
  await prepareWorkspace()
  if (!fix) await checkTypes()
  await checkStyle({ fix })
})
