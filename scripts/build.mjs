/**
 * `npm run build`: types by tsc, JavaScript by rollup, then what the bundles weigh.
 *
 * tsc also checks the tests (their projects are references of the root tsconfig.json), so a build that
 * passes has no type error anywhere. Its state lies in dist beside what it wrote: deleting dist is enough
 * for a full rebuild.
 */
import { Failure, main } from './command.mjs'
import { prepareWorkspace, runBinary } from './pnpm.mjs'

/** Checks the types of everything and writes the declarations. */
export async function checkTypes() {
  const pretty = process.stderr.isTTY ? ['--pretty'] : []
  const { code, output } = await runBinary('typescript', ['-b', ...pretty], { command: 'tsc', capture: true })
  if (code !== 0) throw new Failure(`${output}\n\nThe types do not fit (tsc -b exited with ${code}).`)
}

async function bundle({ name, output, ...input }) {
  const { rollup } = await import('rollup')
  try {
    const bundled = await rollup(input)
    await bundled.write(output)
    await bundled.close()
  } catch (error) {
    const frame = error.frame ? `\n${error.frame}` : ''
    throw new Failure(`${name} could not be bundled: ${error.message}${frame}`)
  }
}

async function bundleAll() {
  const { packages, page } = await import('../rollup.config.mjs')
  await all(packages.map(bundle))
  await bundle(page)
}

/** Like Promise.all, but waits for everyone and tells of every failure rather than of the first. */
async function all(promises) {
  const results = await Promise.allSettled(promises)
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  const bug = reasons.find((reason) => !(reason instanceof Failure))
  if (bug) throw bug
  if (reasons.length > 0) throw new Failure(reasons.map((reason) => reason.message).join('\n\n'))
}

/** @returns {Promise<string>} the table of bundle sizes */
export async function build() {
  await all([checkTypes(), bundleAll()])
  const { sizeTable } = await import('./bundle-size.mjs')
  return sizeTable()
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  console.log(await build())
})
