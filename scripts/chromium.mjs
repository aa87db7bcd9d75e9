/** Finds a Chromium for the browser tests, or installs one. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Failure, main, run } from './command.mjs'
import { prepareWorkspace, runBinary } from './pnpm.mjs'

const MINUTE = 60_000

const isRoot = () => process.getuid?.() === 0

/** Chromium's sandbox does not run as root; the rest keeps it from calling out in a closed network. */
export const launchFlags = () => [
  ...(isRoot() ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function fromEnvironment() {
  const file = process.env.CHROMIUM_PATH
  if (file && !isExecutable(file)) throw new Failure(`CHROMIUM_PATH=${file} is not a program.`)
  return file
}

function fromPath() {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return ['chromium', 'google-chrome']
    .flatMap((name) => process.env.PATH.split(delimiter).map((folder) => join(folder, name + suffix)))
    .find(isExecutable)
}

async function fromPlaywright() {
  const { chromium } = await import('playwright')
  const file = chromium.executablePath()
  return existsSync(file) ? file : undefined
}

/** @returns {boolean} whether apt can stand in for a download (elsewhere in the family chromium is a snap) */
function hasApt() {
  if (!isRoot() || !existsSync('/usr/bin/apt-get') || !existsSync('/etc/os-release')) return false
  return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
}

async function installWithPlaywright() {
  console.error('Downloading Chromium …')
  // Where nothing else is left a slow line gets its time.
  const timeout = hasApt() ? MINUTE : 15 * MINUTE
  const { output } = await runBinary('playwright', ['install', 'chromium'], { capture: true, timeout })
  return { file: await fromPlaywright(), output }
}

async function installWithApt() {
  console.error('Installing Chromium with apt-get …')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) => run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], { env, capture: true })
  const update = await apt('update')
  // What chromium recommends is a desktop: printers, sound, a newer systemd. Of that a page needs a font.
  const packages = ['chromium', 'fonts-liberation']
  const install = await apt('install', '-y', '--no-install-recommends', ...packages)
  return { file: fromPath(), output: `${update.output}\n${install.output}` }
}

async function locate() {
  const given = fromEnvironment()
  if (given) return [given, 'CHROMIUM_PATH']
  const installed = fromPath()
  if (installed) return [installed, 'on the PATH']
  const downloaded = await fromPlaywright()
  if (downloaded) return [downloaded, 'downloaded by Playwright']
  const download = await installWithPlaywright()
  if (download.file) return [download.file, 'downloaded by Playwright just now']
  const apt = hasApt() ? await installWithApt() : undefined
  if (apt?.file) return [apt.file, 'installed by apt-get just now']
  const tail = (apt ?? download).output.split('\n').slice(-15).join('\n')
  throw new Failure(`${tail}\n\nNo Chromium: install one, or name it with CHROMIUM_PATH.`)
}

/** @returns {Promise<string>} the path of a Chromium; says on one line which one was taken */
export async function findChromium() {
  const [file, origin] = await locate()
  console.error(`Chromium: ${file} (${origin})`)
  return file
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await findChromium()
})
