/**
 * JavaScript comes from here, declarations from `tsc -b`. Packages keep their dependencies as imports;
 * the demo page carries everything inside.
 */
import { chmodSync, cpSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import esbuild from 'rollup-plugin-esbuild'
import { root } from './scripts/command.mjs'
import { readPackages } from './scripts/workspace.mjs'

const SHEBANG = '#!/usr/bin/env node'

// An import that package.json does not declare would only fail at the user's: here it fails the build.
const onwarn = (warning) => {
  throw new Error(warning.message)
}

/** Plugins for a bundle that a browser loads as it is. */
export const browserPlugins = () => [
  nodeResolve({ browser: true, preferBuiltins: true }),
  esbuild({ target: 'es2022', minify: true }),
]

/** Removes JavaScript that an earlier build wrote and this one does not: it must not be published. */
const removeStale = (dist) => ({
  name: 'remove-stale',
  generateBundle(_options, bundle) {
    if (!existsSync(dist)) return
    for (const file of readdirSync(dist, { recursive: true })) {
      const isOurs = /\.js(\.map)?$/.test(file)
      if (isOurs && !(file.replaceAll('\\', '/') in bundle)) rmSync(join(dist, file))
    }
  },
})

/** A command needs its first line and the exec bit. */
const executable = (dist, names) => ({
  name: 'executable',
  banner(chunk) {
    if (!chunk.isEntry || !names.includes(chunk.name)) return ''
    return readFileSync(chunk.facadeModuleId, 'utf8').startsWith('#!') ? '' : SHEBANG
  },
  writeBundle() {
    for (const name of names) chmodSync(join(dist, `${name}.js`), 0o755)
  },
})

/** What of core only protocol 1.0 needs. */
const PROTOCOL_1 =
  /(envelope.(codec|cut-out|open|seal)|keystore.key-manager|keys.(key-pair|private-key))\.ts$/

/** What key stores need besides, of what else belongs to encrypted keys. */
const CHECKS = /keys.(iterations|password|working)\.ts$/

/** The chunks of core; entries are none of these. */
const chunkOf = (source, entries) => (id) => {
  if (entries.some((entry) => entry.source === id)) return undefined
  const [folder] = relative(source, id).split(sep)
  if (folder === 'exchange' || folder === 'pkcs8') return folder
  if (CHECKS.test(id)) return 'checks'
  return PROTOCOL_1.test(id) ? 'protocol-1' : 'base'
}

// One run for all entries of a package: what they share (error classes!) exists once, in dist/chunks. Of core a page
// needs some at once and some on demand, and bundlers can only part whole files; of a file for each module Node would
// load fifty, one after the other.
const packages = readPackages().map(({ name, directory, dependencies, entries }) => {
  const dist = join(directory, 'dist')
  const commands = entries.filter((entry) => !entry.specifier).map((entry) => entry.name)
  return {
    name,
    input: Object.fromEntries(entries.map((entry) => [entry.name, entry.source])),
    external: (id) =>
      id.startsWith('node:') || dependencies.some((known) => id === known || id.startsWith(`${known}/`)),
    onwarn,
    plugins: [esbuild({ target: 'es2022' }), removeStale(dist), executable(dist, commands)],
    output: {
      dir: dist,
      format: 'es',
      sourcemap: true,
      chunkFileNames: 'chunks/[name].js',
      ...(name === '@nomyo/core'
        ? { manualChunks: chunkOf(join(directory, 'src'), entries), minifyInternalExports: false }
        : {}),
    },
  }
})

const demo = join(root, 'apps/demo')

/** The page, which reads the packages from their dist and so is built after them. */
const page = {
  name: '@nomyo/demo',
  input: join(demo, 'src/main.ts'),
  onwarn,
  plugins: [
    ...browserPlugins(),
    {
      name: 'page',
      generateBundle(_options, bundle) {
        const outside = Object.values(bundle).flatMap((chunk) => chunk.imports ?? [])
        const missing = outside.filter((id) => !(id in bundle))
        if (missing.length > 0) this.error(`a browser cannot load ${missing.join(', ')}`)
        rmSync(join(demo, 'dist'), { recursive: true, force: true })
        cpSync(join(demo, 'public'), join(demo, 'dist'), { recursive: true })
      },
    },
  ],
  output: { dir: join(demo, 'dist'), format: 'es', sourcemap: true },
}

export { packages, page }
export default [...packages, page].map(({ name: _name, ...options }) => options)
