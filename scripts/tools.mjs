/** What a release needs and a test does not (scripts/tools), installed on demand from a lockfile of its own. */
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { Failure, root, run } from './command.mjs'
import { runPnpm } from './pnpm.mjs'

const HOME = join(root, 'scripts/tools')

/** Installs whatever is missing. Call it after `prepareWorkspace()`. */
export async function prepareTools() {
  const env = { ...process.env, CI: 'true', NODE_ENV: 'development' }
  const args = ['--dir', HOME, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only']
  const { code, output } = await runPnpm(args, { env, capture: true })
  if (code !== 0)
    throw new Failure(`${output}\n\nThe tools could not be installed (pnpm exited with ${code}).`)
}

/**
 * Runs the command of a tool at the root of the workspace.
 *
 * @param {string} packageName
 * @param {string[]} args
 * @param {Parameters<typeof run>[2] & { command?: string }} [options]
 */
export function runTool(packageName, args, { command = packageName, ...options } = {}) {
  const directory = join(HOME, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const file = join(directory, typeof bin === 'string' ? bin : bin[command])
  return run(process.execPath, [file, ...args], options)
}
