/** Projects of users, outside the repository, in which npm installs the tarballs. */
import { cpSync, lstatSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { Failure, root, run } from '../command.mjs'
import { manifestOf, readTarball } from './tarball.mjs'

/** @returns {Record<string, string>} where npm finds each of our packages */
function ours(tarballs) {
  return Object.fromEntries(tarballs.map(({ path }) => [manifestOf(readTarball(path)).name, `file:${path}`]))
}

/** Under npm's own `npm run` these would tell the inner npm of the outer one's workspace. */
const withoutNpm = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)/i.test(name)))

/**
 * Copies a project of consumers/ to `folder` and installs it from the registry and the tarballs.
 *
 * @param {string} name
 * @param {string} folder
 * @param {{ path: string }[]} tarballs
 */
export async function installProject(name, folder, tarballs) {
  cpSync(join(root, 'consumers', name), folder, { recursive: true })
  const file = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  const packages = ours(tarballs)
  for (const own of Object.keys(manifest.dependencies)) manifest.dependencies[own] = packages[own]
  writeFileSync(file, JSON.stringify({ ...manifest, overrides: packages }, undefined, 2))
  const flags = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--prefer-offline']
  const { code, output } = await run('npm', ['install', ...flags], {
    ...{ capture: true, cwd: folder, env: withoutNpm(), shell: process.platform === 'win32' },
  })
  if (code !== 0) throw new Failure(`${output}\n\nnpm install in ${folder} exited with ${code}.`)
  assertSeparate(folder)
}

/** What is tested is what was installed, not a link to where it was built. */
function assertSeparate(folder) {
  const modules = join(folder, 'node_modules')
  const installed = readdirSync(join(modules, '@nomyo')).map((name) => join(modules, '@nomyo', name))
  const linked = installed.filter((directory) => lstatSync(directory).isSymbolicLink())
  const inside = installed.filter((directory) => realpathSync(directory).startsWith(realpathSync(root) + sep))
  if (linked.length + inside.length > 0) throw new Failure(`${[...linked, ...inside].join(', ')} is a link.`)
}
