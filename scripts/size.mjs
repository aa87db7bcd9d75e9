/**
 * `npm run size`: what our packages weigh in a page, beside others' libraries, which are installed outside the
 * workspace for this table alone.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { BUNDLES, sizeTable } from './bundle-size.mjs'
import { Failure, main, root, run } from './command.mjs'
import { prepareWorkspace } from './pnpm.mjs'

const HOME = join(root, '.cache/size-comparison')

/** Exact, so that a table can be made again. */
const PINS = { 'openai': '7.57.0', 'jose': '6.2.18', 'tinfoil': '1.1.0', 'age-encryption': '0.3.1' }

/** Of what tinfoil depends on: the last one whose own dependencies can be had. */
const OVERRIDES = { '@freedomofpress/sigstore-browser': '0.1.11' }

const manifest = JSON.stringify({ private: true, dependencies: PINS, overrides: OVERRIDES })

async function install() {
  const file = join(HOME, 'installed.json')
  if (existsSync(file) && readFileSync(file, 'utf8') === manifest) return
  console.error('Installing what to compare with …')
  mkdirSync(HOME, { recursive: true })
  writeFileSync(join(HOME, 'package.json'), manifest)
  const args = ['install', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts']
  const options = { cwd: HOME, capture: true, shell: process.platform === 'win32' }
  const { code, output } = await run('npm', args, options)
  if (code !== 0) throw new Failure(`${output}\n\nnpm install exited with ${code}.`)
  writeFileSync(file, manifest)
}

/** @returns {import('./bundle-size.mjs').Bundle[]} each with all that it exports */
function others() {
  return Object.entries(PINS).map(([name, version]) => ({
    ...{ name: `${name} ${version}`, from: HOME },
    code: `export * from ${JSON.stringify(name)}`,
  }))
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await build()
  await install()
  console.log(await sizeTable([...BUNDLES, ...others()]))
})
