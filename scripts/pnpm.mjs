/**
 * Makes the workspace ready on a machine that has only Node and npm: installs the pnpm that package.json
 * pins, then the workspace. `node scripts/pnpm.mjs …` runs that pnpm by hand.
 *
 * Only Node built-ins here, and in every script before `prepareWorkspace()` has returned.
 */
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Failure, main, root, run } from './command.mjs'

const HOME = join(root, '.cache/pnpm')

/** @param {string} path */
const readJSON = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** The file behind a package's command, run with Node itself: no shell and no `.cmd` shim is needed. */
function commandFile(modules, packageName, command) {
  const directory = join(modules, packageName)
  const { bin } = readJSON(join(directory, 'package.json'))
  return join(directory, typeof bin === 'string' ? bin : bin[command])
}

/**
 * Runs a command of an installed package, such as `runBinary('typescript', ['-b'], { command: 'tsc' })`.
 *
 * @param {string} packageName
 * @param {string[]} args
 * @param {Parameters<typeof run>[2] & { command?: string }} [options]
 */
export function runBinary(packageName, args, { command = packageName, ...options } = {}) {
  return run(
    process.execPath,
    [commandFile(join(root, 'node_modules'), packageName, command), ...args],
    options,
  )
}

function installedVersion() {
  const manifest = join(HOME, 'node_modules/pnpm/package.json')
  return existsSync(manifest) ? readJSON(manifest).version : undefined
}

/** Corepack would do this too, but not every Node carries one that still knows the registry's keys. */
async function installPnpm() {
  const pin = readJSON(join(root, 'package.json')).packageManager
  if (pin === `pnpm@${installedVersion()}`) return
  console.error(`Installing ${pin} …`)
  const args = ['install', '--prefix', HOME, '--no-save', '--no-audit', '--no-fund', pin]
  const npm = process.env.npm_execpath
  const { code, output } = npm?.endsWith('npm-cli.js')
    ? await run(process.execPath, [npm, ...args], { capture: true })
    : await run('npm', args, { capture: true, shell: process.platform === 'win32' })
  if (code !== 0) throw new Failure(`${output}\n\n${pin} could not be installed (npm exited with ${code}).`)
}

/** Runs the pinned pnpm, which {@link prepareWorkspace} has installed. */
export function runPnpm(args, options) {
  return run(process.execPath, [commandFile(join(HOME, 'node_modules'), 'pnpm', 'pnpm'), ...args], options)
}

/**
 * Installs whatever is missing. Afterwards `pnpm` is on the PATH for everything this process starts, and
 * third-party packages can be imported (dynamically, since a static import comes too early).
 */
export async function prepareWorkspace() {
  await installPnpm()
  // In front, so that a nested `pnpm -r` finds the pinned one.
  process.env.PATH = [join(HOME, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  if (!existsSync(join(root, 'node_modules'))) console.error('Installing the workspace …')
  // CI: never ask, there may be nobody to answer. NODE_ENV=production would leave the tools out.
  const env = { ...process.env, CI: 'true', NODE_ENV: 'development' }
  const args = ['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only']
  const { code, output } = await runPnpm(args, { env, capture: true })
  if (code !== 0) {
    throw new Failure(`${output}\n\nThe workspace could not be installed (pnpm install exited with ${code}).`)
  }
}

await main(import.meta.url, async () => {
  await installPnpm()
  process.exitCode = (await runPnpm(process.argv.slice(2), { interactive: true })).code
})
