/** A page as four bundlers make it, in Chromium, against the router that was installed with the command. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchFlags } from '../chromium.mjs'
import { Failure, run } from '../command.mjs'

export const BUNDLERS = ['vite', 'esbuild', 'rollup', 'webpack']

const QUESTION = 'Who reads this sentence?'
/** What the router's built-in responder says of the question, among other things. */
const PROOF = createHash('sha256').update(QUESTION).digest('hex')

/** Makes the page, and looks for what a browser does not have. */
export async function bundlePage(home, bundler) {
  const cwd = join(home, 'browser')
  const { code, output } = await run(process.execPath, ['bundle.mjs', bundler], { capture: true, cwd })
  if (code !== 0) throw new Failure(output)
  const folder = join(cwd, 'pages', bundler)
  const scripts = readdirSync(folder, { recursive: true }).filter((file) => /\.m?js$/.test(file))
  if (scripts.length === 0) throw new Failure(`There is no JavaScript in ${folder}.`)
  for (const file of scripts) assertForBrowsers(file, readFileSync(join(folder, file), 'utf8'))
}

const OF_NODE =
  /["'`]node:|\brequire\(["']|\bBuffer\b|\b__(?:dirname|filename)\b|\bcreateRequire\b|\bprocess\.(?!env\b)\w+/

function assertForBrowsers(file, code) {
  const found = OF_NODE.exec(code)
  if (found) throw new Failure(`${file} holds ${code.slice(found.index - 60, found.index + 60)}`)
  const imported = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'.][^"']*)["']/.exec(code)
  if (imported) throw new Failure(`${file} imports ${imported[1]}`)
}

/**
 * Starts the installed router, which serves the pages too.
 *
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startRouter(home) {
  const args = ['router', '--port', '0', '--quiet', '--static', 'browser/pages', '--key-dir', 'router_keys']
  const child = spawn(process.execPath, [join(home, 'node/node_modules/nomyo/dist/bin.js'), ...args], {
    ...{ cwd: home, stdio: ['ignore', 'pipe', 'pipe'] },
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  process.once('exit', () => child.kill('SIGKILL'))
  let said = ''
  const url = await new Promise((resolve, reject) => {
    const listen = (chunk) => {
      said += chunk
      const found = /^NOMYO router at (\S+)$/m.exec(said)
      if (found) resolve(found[1])
    }
    for (const stream of [child.stdout, child.stderr]) stream.on('data', listen)
    void ended.then(() => reject(new Failure(`${said}\n\nThe router ended.`)))
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { url, stop }
}

/** Opens each page once the browser is there. */
export async function launch(executablePath) {
  const { chromium } = await import('playwright')
  return chromium.launch({ executablePath, args: launchFlags() })
}

/** Asks the page, and looks at the answer and at what went over the wire. */
export async function askPage(browser, url, bundler) {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const [sent, complaints] = [[], []]
    page.on('request', (request) =>
      sent.push(`${request.method()} ${request.url()}\n${request.postData() ?? ''}`),
    )
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${url}/${bundler}/`)
    await page.waitForFunction(() => typeof window.ask === 'function', undefined, { timeout: 20_000 })
    const outcome = await page.evaluate((question) => window.ask(question), QUESTION)
    assertOutcome(outcome, sent, complaints)
  } finally {
    await context.close()
  }
}

function assertOutcome({ text, protection, theft, isKept }, sent, complaints) {
  const wrong = Object.entries({
    'the answer is another one': !text.includes(PROOF),
    'protocol 2.0 was not spoken': protection.protocol !== '2.0',
    'the key is not kept': !isKept || protection.clientKey.kept !== 'store',
    'the private key could be taken': theft !== 'validation_failed',
    'nothing was sent sealed': !sent.some((line) => /^POST \S+\/v2\/secure\n/.test(line)),
    'the question went out in clear': sent.some((line) => line.includes(QUESTION)),
    'there were errors': complaints.length > 0,
  }).flatMap(([words, isSo]) => (isSo ? [words] : []))
  if (wrong.length > 0)
    throw new Failure(`${wrong.join(', ')}\n${JSON.stringify({ text, theft, complaints })}`)
}
