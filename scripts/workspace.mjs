/**
 * What the workspace consists of, read from the package.json files, so that the bundler, the test runner
 * and the size table need no list of their own. Only Node built-ins.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.mjs'

/**
 * @typedef {object} Entry
 * @property {string} name what the bundle is called: `index` for dist/index.js
 * @property {string} source absolute path of its TypeScript
 * @property {string} [specifier] what users import it as, none for a command
 */

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} directory absolute
 * @property {string[]} dependencies everything that stays an import in dist
 * @property {Entry[]} entries
 */

const DIST = /^\.\/dist\/(.+)\.js$/

/** @returns {string | undefined} the file a target of "exports" stands for at run time */
function defaultTarget(target) {
  return typeof target === 'string' ? target : defaultTarget(target?.default ?? target?.import ?? '')
}

/** @returns {Entry[]} */
function readEntries(directory, { name, exports = {}, bin = {} }) {
  const exported = Object.entries(exports).map(([subpath, target]) => ({
    file: defaultTarget(target),
    specifier: name + subpath.slice(1),
  }))
  const commands = Object.values(bin).map((file) => ({ file, specifier: undefined }))
  return [...exported, ...commands].flatMap(({ file, specifier }) => {
    const entry = DIST.exec(file)?.[1]
    return entry ? [{ name: entry, source: join(directory, 'src', `${entry}.ts`), specifier }] : []
  })
}

/** @returns {Package[]} */
export function readPackages() {
  return readdirSync(join(root, 'packages'))
    .map((folder) => join(root, 'packages', folder))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => {
      const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
      const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = manifest
      return {
        name: manifest.name,
        directory,
        dependencies: Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }),
        entries: readEntries(directory, manifest),
      }
    })
}
