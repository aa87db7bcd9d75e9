/** A Node of at least some version: the one that runs us, or one from the registry, for tools that need it. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, root, run } from './command.mjs'

/** What is fetched if the running one is too old; exact, so that a run can be repeated. */
const PINS = { 22: '22.23.3' }

/** @returns {string} the package of Node's binary for this machine */
function packageName() {
  const known = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win-x64', 'win-arm64']
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  if (!known.includes(platform)) {
    throw new Failure(
      `There is no newer Node for ${platform} on the registry: run this with Node 22 or later.`,
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

async function fetchNode(major) {
  const home = join(root, `.cache/node-${major}`)
  const name = packageName()
  const folder = join(home, 'node_modules', name)
  const version = PINS[major]
  const manifest = join(folder, 'package.json')
  const isThere = existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version
  if (!isThere) {
    console.log(`Installing Node ${version} …`)
    mkdirSync(home, { recursive: true })
    const args = ['install', '--prefix', home, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
    const shell = process.platform === 'win32'
    const { code, output } = await run('npm', [...args, `${name}@${version}`], { capture: true, shell })
    if (code !== 0)
      throw new Failure(`${output}\n\nNode ${version} could not be installed (npm exited with ${code}).`)
  }
  return join(folder, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node')
}
