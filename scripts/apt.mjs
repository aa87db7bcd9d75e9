/** Debian's packages, where we may install them. Only Node built-ins. */
import { existsSync, readFileSync } from 'node:fs'
import { run } from './command.mjs'

const isRoot = () => process.getuid?.() === 0

/** @returns {boolean} whether we can (elsewhere in the family some browsers are snaps) */
export function hasApt() {
  if (!isRoot() || !existsSync('/usr/bin/apt-get') || !existsSync('/etc/os-release')) return false
  return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
}

/**
 * Installs packages, without what they merely recommend: for a browser that is a desktop.
 *
 * @param {string[]} packages
 * @returns {Promise<string>} what apt-get said
 */
export async function installWithApt(packages) {
  console.error(`Installing ${packages.join(', ')} with apt-get …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) => run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], { env, capture: true })
  const update = await apt('update')
  const install = await apt('install', '-y', '--no-install-recommends', ...packages)
  return `${update.output}\n${install.output}`
}
