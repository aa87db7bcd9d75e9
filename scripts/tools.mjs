/**
 * What a release needs and a test does not (scripts/tools), installed on demand from a lockfile of its own.
 * `node scripts/tools.mjs knip …` runs one by hand.
 */
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Failure, main, root, run } from './command.mjs'
import { prepareWorkspace, runPnpm } from './pnpm.mjs'

const HOME = join(root, 'scripts/tools')

/** The package of a command that has another name than its package. */
const PACKAGES = { attw: '@arethetypeswrong/cli', changeset: '@changesets/cli' }

/**
 * Installs whatever is missing. Call it after `prepareWorkspace()`.
 *
 * @param {string} [home] the folder with the lockfile, if not that of the release
 */
export async function prepareTools(home = HOME) {
  const env = { ...process.env, CI: 'true', NODE_ENV: 'development' }
  const args = ['--dir', home, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only']
  const { code, output } = await runPnpm(args, { env, capture: true })
  if (code !== 0)
    throw new Failure(`${output}\n\nThe tools could not be installed (pnpm exited with ${code}).`)
}

/**
 * Runs a tool at the root of the workspace.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Parameters<typeof run>[2] & { home?: string }} [options]
 */
export function runTool(command, args, { home = HOME, ...options } = {}) {
  const directory = join(home, 'node_modules', PACKAGES[command] ?? command)
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const file = join(directory, typeof bin === 'string' ? bin : bin[command])
  return run(process.execPath, [file, ...args], options)
}

/** Runs a tool, and fails with what it printed. @returns {Promise<string>} what it printed */
export async function mustPass(command, args, options) {
  const env = { ...process.env, NO_COLOR: '1' }
  const { code, output } = await runTool(command, args, { capture: true, env, ...options })
  if (code !== 0) throw new Failure(`${output}\n\n${command} exited with ${code}.`)
  return output
}

/** A tool that is a module. @param {string} file below scripts/tools/node_modules */
export const importTool = (file) => import(pathToFileURL(join(HOME, 'node_modules', file)).href)

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await prepareTools()
  const [command, ...args] = process.argv.slice(2)
  process.exitCode = (await runTool(command, args, { interactive: true })).code
})
