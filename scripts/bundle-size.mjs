/** What a page pays for the packages: bundled for the browser in memory, minified, then gzip. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Failure, main, root } from './command.mjs'

const entry = (folder) => JSON.stringify(join(root, 'packages', folder, 'dist/index.js'))

const BUNDLES = {
  '@nomyo/core': `export * from ${entry('core')}`,
  '@nomyo/core, only seal': `export { seal } from ${entry('core')}`,
  '@nomyo/client, with everything': `export * from ${entry('client')}`,
}

/** Sums over all chunks, since code that is loaded later is paid for too. */
async function measure(name, code) {
  const { rollup } = await import('rollup')
  const { browserPlugins } = await import('../rollup.config.mjs')
  const virtual = {
    name: 'entry',
    resolveId: (id) => (id === 'entry' ? id : null),
    load: (id) => (id === 'entry' ? code : null),
  }
  const onwarn = (warning) => {
    throw new Failure(`${name}: ${warning.message}`)
  }
  const bundle = await rollup({ input: 'entry', plugins: [virtual, ...browserPlugins()], onwarn })
  const { output } = await bundle.generate({ format: 'es' })
  await bundle.close()
  const own = new Set(output.map((chunk) => chunk.fileName))
  const outside = output
    .flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
    .filter((id) => !own.has(id))
  if (outside.length > 0) throw new Failure(`${name}: a browser cannot load ${outside.join(', ')}`)
  const files = output.map((chunk) => Buffer.from(chunk.code))
  return { min: sum(files.map((file) => file.length)), gzip: sum(files.map((file) => gzipSync(file).length)) }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)

/** @returns {Promise<string>} a table; fails if a bundle needs a module that a browser does not have */
export async function sizeTable() {
  const rows = Object.entries(BUNDLES).map(async ([name, code]) => {
    const { min, gzip } = await measure(name, code)
    return name.padEnd(32) + kilobytes(min) + kilobytes(gzip)
  })
  return ['In a browser'.padEnd(32) + '       min      gzip', ...(await Promise.all(rows))].join('\n')
}

await main(import.meta.url, async () => console.log(await sizeTable()))
