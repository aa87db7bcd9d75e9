/** Finds the runtimes that `test:runtimes` runs, or installs them. Each is missing on its own. */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { hasApt, installWithApt } from './apt.mjs'
import { findChromium } from './chromium.mjs'
import { Failure } from './command.mjs'
import { fetchNode } from './newer-node.mjs'
import { isExecutable, onPath } from './path.mjs'
import { fetchPackage } from './registry-package.mjs'

/** What is fetched from the registry; exact, so that a run can be repeated. */
const PINS = { bun: '1.4.5', deno: '2.9.6', workerd: '1.20261117.1' }

/** How each runtime is found. */
const FINDERS = {
  'node-20': () => fetchNode(20),
  'node-22': () => fetchNode(22),
  'node-24': () => fetchNode(24),
  'node-26': () => fetchNode(26),
  'bun': () => fromRegistry('bun'),
  'deno': () => fromRegistry('deno'),
  'workerd': () => fromRegistry('workerd'),
  'chromium': findChromium,
  'firefox': findFirefox,
  'webkit': findWebKit,
}

async function fromRegistry(name) {
  const modules = await fetchPackage({ name, version: PINS[name], home: name, scripts: true })
  // Not through the link: it may be a script that needs a Node, where the install scripts did not run.
  return realpathSync(join(modules, '.bin', name))
}

/** Programs that are on the PATH, or come there with these packages of Debian. */
async function fromDebian(names, packages, otherwise) {
  const missing = () => names.filter((alternatives) => onPath(alternatives) === undefined)
  if (missing().length > 0 && hasApt()) {
    const output = await installWithApt(packages)
    if (missing().length > 0) throw new Failure(output.split('\n').slice(-15).join('\n'))
  }
  if (missing().length > 0) throw new Failure(`${missing().flat().join(', ')} not found: ${otherwise}`)
  return onPath(names[0])
}

async function findFirefox() {
  const given = process.env.FIREFOX_PATH
  if (given && !isExecutable(given)) throw new Failure(`FIREFOX_PATH=${given} is not a program.`)
  const advice = 'install Firefox (on Debian: firefox-esr), or name it with FIREFOX_PATH.'
  return given || fromDebian([['firefox-esr', 'firefox']], ['firefox-esr'], advice)
}

async function findWebKit() {
  const packages = ['webkit2gtk-driver', 'xvfb', 'xauth']
  return fromDebian(
    [['WebKitWebDriver'], ['xvfb-run']],
    packages,
    `install WebKitGTK and its driver (on Debian: ${packages.join(', ')}).`,
  )
}

/** The suite's own tool, without which no runtime is run. */
export const findOpenSSL = () => fromDebian([['openssl']], ['openssl'], 'install openssl.')

/**
 * @param {string[]} runtimes
 * @returns {Promise<Record<string, { path: string } | { failure: string }>>}
 */
export async function findRuntimes(runtimes) {
  const found = {}
  // One after another: apt-get and npm do not like company.
  for (const runtime of runtimes) {
    found[runtime] = await FINDERS[runtime]().then(
      (path) => ({ path }),
      (error) => ({ failure: error instanceof Failure ? error.message : error.stack }),
    )
  }
  return found
}

/** The names of all runtimes. */
export const RUNTIMES = Object.keys(FINDERS)
