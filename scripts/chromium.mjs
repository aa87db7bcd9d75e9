/** Finds a Chromium for the browser tests, or installs one. */
import { existsSync } from 'node:fs'
import { hasApt, installWithApt } from './apt.mjs'
import { Failure, main } from './command.mjs'
import { isExecutable, onPath } from './path.mjs'
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

function fromEnvironment() {
  const file = process.env.CHROMIUM_PATH
  if (file && !isExecutable(file)) throw new Failure(`CHROMIUM_PATH=${file} is not a program.`)
  return file
}

const fromPath = () => onPath(['chromium', 'google-chrome'])

async function fromPlaywright() {
  const { chromium } = await import('playwright')
  const file = chromium.executablePath()
  return existsSync(file) ? file : undefined
}

async function installWithPlaywright() {
  console.error('Downloading Chromium …')
  // Where nothing else is left a slow line gets its time.
  const timeout = hasApt() ? MINUTE : 15 * MINUTE
  const { output } = await runBinary('playwright', ['install', 'chromium'], { capture: true, timeout })
  return { file: await fromPlaywright(), output }
}

async function fromApt() {
  // Of the desktop that chromium recommends a page needs a font.
  const output = await installWithApt(['chromium', 'fonts-liberation'])
  return { file: fromPath(), output }
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
  const apt = hasApt() ? await fromApt() : undefined
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
