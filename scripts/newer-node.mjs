/** A Node of at least some version: the one that runs us, or one from the registry, for tools that need it. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, run } from './command.mjs'
import { fetchPackage } from './registry-package.mjs'

/** What is fetched; exact, so that a run can be repeated. The oldest is the one that "engines" asks for. */
export const PINS = { oldest: '20.19.0', 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }

/** @returns {string} the package of Node's binary for this machine */
function packageName() {
  const known = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win-x64', 'win-arm64']
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  if (!known.includes(platform)) {
    throw new Failure(
      `There is no other Node for ${platform} on the registry: run this with Node 22 or later.`,
    )
  }
  return `node-${platform}`
}

/** npm's program beside the Node that runs us, or wherever the npm that started us lies. */
function npmProgram() {
  const given = process.env.npm_execpath
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')
  const windows = join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js')
  return [given?.endsWith('npm-cli.js') ? given : undefined, beside, windows].find(
    (path) => path && existsSync(path),
  )
}

/**
 * @param {keyof typeof PINS} major
 * @returns {Promise<{ path: string, version: string, npm: (args: string[], cwd: string) => ReturnType<typeof run> }>}
 */
export async function findNode(major) {
  const isNewEnough = Number(process.versions.node.split('.')[0]) >= major
  const path = isNewEnough ? process.execPath : await fetchNode(major)
  const npm = npmProgram()
  if (npm === undefined) throw new Failure('npm was not found: start this with npm run.')
  return {
    path,
    version: isNewEnough ? process.versions.node : PINS[major],
    npm: (args, cwd) => run(path, [npm, ...args], { capture: true, cwd }),
  }
}

/**
 * Exactly the version that is pinned for a major one.
 *
 * @param {keyof typeof PINS} major
 * @returns {Promise<string>} the path of the program
 */
export async function fetchNode(major) {
  const name = packageName()
  const modules = await fetchPackage({ name, version: PINS[major], home: `node-${major}` })
  return join(modules, name, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node')
}
