/** Test programs in TypeScript, bundled with the packages' sources for a process or a thread of their own. */
import { build } from 'esbuild'
import { readPackages } from './workspace.mjs'

/**
 * @param {string} entry
 * @param {string} outfile
 */
export async function bundleFromSources(entry, outfile) {
  const sources = new Map(
    readPackages().flatMap(({ entries }) => entries.map(({ specifier, source }) => [specifier, source])),
  )
  const fromSources = {
    name: 'from-sources',
    setup: (build) => build.onResolve({ filter: /^@nomyo\// }, ({ path }) => ({ path: sources.get(path) })),
  }
  await build({
    ...{ entryPoints: [entry], outfile, plugins: [fromSources], external: ['fast-check'] },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'es2022', packages: 'bundle' },
    ...{ sourcemap: true, logLevel: 'warning' },
  })
}
