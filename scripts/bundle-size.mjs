/** What a page pays for the packages: bundled for the browser in memory, minified, then gzip. kB are 1000 bytes. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Failure, root } from './command.mjs'

const all = (folder) => `export * from ${JSON.stringify(join(root, 'packages', folder, 'dist/index.js'))}`

/**
 * `budget` in bytes holds for everything in one file, what is loaded on demand included: whoever uses all of
 * it pays for all of it. Where it is not the `goal` yet, it keeps the way from growing
 * longer, and so does `atOnce` for what a page loads before its first message over 2.0.
 *
 * @typedef {{ name: string, code: string, budget?: number, atOnce?: number, goal?: number, from?: string }} Bundle
 * @type {Bundle[]}
 */
export const BUNDLES = [
  { name: '@nomyo/core, only seal', code: all('core').replace('*', '{ seal }'), budget: 4000 },
  { name: '@nomyo/core', code: all('core'), budget: 8000 },
  { name: '@nomyo/client', code: all('client'), budget: 35_400, atOnce: 29_700, goal: 20_000 },
  {
    name: '@nomyo/client + keystore-indexeddb',
    code: `${all('client')}\n${all('keystore-indexeddb')}`,
    budget: 40_000,
    atOnce: 34_400,
    goal: 22_000,
  },
]

/** A bundle of `code` as Rollup makes it of an app; `from` is the folder whose node_modules it sees. */
async function bundle({ name, code, from = root }) {
  const { rollup } = await import('rollup')
  const { browserPlugins } = await import('../rollup.config.mjs')
  const entry = join(from, 'size-entry.js')
  const virtual = {
    name: 'entry',
    resolveId: (id) => (id === entry ? id : null),
    load: (id) => (id === entry ? code : null),
  }
  const onwarn = (warning) => {
    // How others write is their business.
    if (from === root) throw new Failure(`${name}: ${warning.message}`)
  }
  return rollup({ input: entry, plugins: [virtual, ...browserPlugins()], onwarn })
}

/** Everything that `chunk` needs before it runs, itself included. */
function loadedWith(chunk, output, seen = new Set()) {
  if (seen.has(chunk)) return seen
  seen.add(chunk)
  for (const one of output) if (chunk.imports.includes(one.fileName)) loadedWith(one, output, seen)
  return seen
}

function assertLoadable(name, output) {
  const own = new Set(output.map((chunk) => chunk.fileName))
  const outside = output
    .flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
    .filter((id) => !own.has(id))
  if (outside.length > 0) throw new Failure(`${name}: a browser cannot load ${outside.join(', ')}`)
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
const gzipped = (chunk) => gzipSync(chunk.code).length
const weight = (chunks) => sum(chunks.map(gzipped))

/**
 * Weighs one bundle. One of ours fails if it needs a module that a browser does not have; in others' some are
 * named in code for Node alone, and weigh nothing.
 *
 * @param {Bundle} one
 * @returns {Promise<{ min: number, gzip: number, initial: number, onDemand: number }>} bytes: of everything in one
 *   file, minified and then gzip; and gzip of the files that are loaded at once, and of those that wait
 */
export async function measure(one) {
  const built = await bundle(one)
  const { output: whole } = await built.generate({ format: 'es', inlineDynamicImports: true })
  const { output: split } = await built.generate({ format: 'es' })
  await built.close()
  if (one.from === undefined) assertLoadable(one.name, split)
  const atOnce = loadedWith(split[0], split)
  return {
    min: Buffer.byteLength(whole[0].code),
    gzip: gzipped(whole[0]),
    initial: weight([...atOnce]),
    onDemand: weight(split.filter((chunk) => !atOnce.has(chunk))),
  }
}

const kilobytes = (bytes) => (!bytes ? '' : `${(bytes / 1000).toFixed(1)} kB`).padStart(10)

/**
 * @param {readonly Bundle[]} [bundles]
 * @returns {Promise<string>} a table of what they weigh
 */
export async function sizeTable(bundles = BUNDLES) {
  const head = 'In a browser'.padEnd(36) + '       min      gzip   initial on demand    budget      goal'
  const rows = bundles.map(async (one) => {
    const { min, gzip, initial, onDemand } = await measure(one)
    const mark = gzip > one.budget ? '  OVER' : ''
    return (
      one.name.padEnd(36) +
      [min, gzip, initial, onDemand, one.budget, one.goal].map(kilobytes).join('') +
      mark
    )
  })
  return [head, ...(await Promise.all(rows))].join('\n')
}
