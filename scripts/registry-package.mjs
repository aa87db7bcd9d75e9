/** Programs that come as npm packages: each in a folder of its own below .cache, at an exact version. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, root, run } from './command.mjs'

function installedVersion(folder) {
  const manifest = join(folder, 'package.json')
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined
}

/**
 * Installs a package, unless that version is there.
 *
 * @param {object} wanted
 * @param {string} wanted.name
 * @param {string} wanted.version exact, so that a run can be repeated
 * @param {string} wanted.home the folder below .cache
 * @param {boolean} [wanted.scripts] whether its install scripts are run, which put binaries in their places
 * @returns {Promise<string>} the `node_modules` that it lies in
 */
export async function fetchPackage({ name, version, home, scripts = false }) {
  const prefix = join(root, '.cache', home)
  const modules = join(prefix, 'node_modules')
  if (installedVersion(join(modules, name)) === version) return modules
  console.log(`Installing ${name} ${version} …`)
  mkdirSync(prefix, { recursive: true })
  const flags = ['--no-save', '--no-audit', '--no-fund', ...(scripts ? [] : ['--ignore-scripts'])]
  const args = ['install', '--prefix', prefix, ...flags, `${name}@${version}`]
  const { code, output } = await run('npm', args, { capture: true, shell: process.platform === 'win32' })
  if (code !== 0) {
    throw new Failure(`${output}\n\n${name} ${version} could not be installed (npm exited with ${code}).`)
  }
  return modules
}
