/** The site as somebody reads it: in Chromium, from a host that serves files and nothing else. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure, root } from '../command.mjs'
import { findChromium, launchFlags } from '../chromium.mjs'

/** Serves a folder, as the local router does the demo page. */
async function host(folder) {
  const resolve = createRequire(join(root, 'packages/cli/package.json')).resolve
  const load = (name) => import(pathToFileURL(resolve(name)).href)
  const [{ serve }, { staticMiddleware }] = await Promise.all([load('srvx'), load('srvx/static')])
  const server = serve({
    ...{ port: 0, hostname: '127.0.0.1', silent: true },
    middleware: [staticMiddleware({ dir: folder })],
    fetch: () => new Response('There is no such file.', { status: 404 }),
  })
  await server.ready()
  return { url: server.url.replace(/\/$/, ''), close: () => server.close(true) }
}

/** Opens Chromium with the site. Whoever calls it closes it. */
export async function openSite(folder) {
  const executablePath = await findChromium()
  const { chromium } = await import('playwright')
  const site = await host(folder)
  const browser = await chromium.launch({ executablePath, args: launchFlags() })
  const context = await browser.newContext()
  const page = await context.newPage()
  const complaints = []
  const strangers = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  page.on('requestfailed', (request) => {
    const { errorText } = request.failure()
    // VitePress fetches what is linked in advance, and going on to the next page stops that.
    if (errorText !== 'net::ERR_ABORTED') complaints.push(`${errorText}: ${request.url()}`)
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${site.url}/`) && !url.startsWith('data:')) strangers.push(url)
  })
  const close = async () => {
    await browser.close()
    await site.close()
  }
  return { page, url: site.url, complaints, strangers, close }
}

/** Fails with what is in a list, if anything is. */
export function mustBeEmpty(list, what) {
  if (list.length > 0) throw new Failure(`${what}:\n${[...new Set(list)].join('\n')}`)
}
