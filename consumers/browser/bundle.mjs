/** Bundles the page as its users' tools do: `node bundle.mjs vite` writes pages/vite. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const [, , name] = process.argv
const folder = join(import.meta.dirname ?? '.', 'pages', name)
const input = join(import.meta.dirname ?? '.', 'built/page.js')

const BUNDLERS = {
  async vite() {
    const { build } = await import('vite')
    await build({
      configFile: false,
      logLevel: 'warn',
      base: './',
      build: { outDir: folder, emptyOutDir: true },
    })
  },
  async esbuild() {
    const { build } = await import('esbuild')
    const options = { bundle: true, minify: true, splitting: true, format: 'esm', platform: 'browser' }
    await build({ ...options, target: 'es2022', entryPoints: [input], outdir: folder, logLevel: 'error' })
  },
  async rollup() {
    const { rollup } = await import('rollup')
    const { nodeResolve } = await import('@rollup/plugin-node-resolve')
    const onwarn = (warning) => {
      throw new Error(warning.message)
    }
    const bundle = await rollup({ input, plugins: [nodeResolve({ browser: true })], onwarn })
    await bundle.write({ dir: folder, format: 'es' })
  },
  async webpack() {
    const { default: webpack } = await import('webpack')
    // webpack loads its pieces by script elements, which `require-trusted-types-for` refuses without a policy.
    const output = { path: folder, filename: 'page.js', publicPath: './', trustedTypes: true }
    const options = { mode: 'production', target: 'web', entry: input, output }
    const stats = await new Promise((resolve, reject) => {
      webpack(options, (error, result) => (error ? reject(error) : resolve(result)))
    })
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString('errors-warnings'))
  },
}

await mkdir(folder, { recursive: true })
await BUNDLERS[name]()
// Vite has made a page of the one in index.html.
if (name !== 'vite') {
  const script = '<script type="module" src="page.js"></script>'
  await writeFile(
    join(folder, 'index.html'),
    `<!doctype html><title>Page</title><output></output>${script}\n`,
  )
}
