/** docs/quickstart-browser.md: its page and its script as they stand there, bundled and served from another origin than the router. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { build } from 'esbuild'
import { LocalRouter } from './local-router.ts'

const DOCUMENT = fileURLToPath(new URL('../../../docs/quickstart-browser.md', import.meta.url))
/** Its dependencies are what the document has installed. */
const PROJECT = fileURLToPath(new URL('..', import.meta.url))
const QUESTION = 'Can anybody read this on the way?'

const router = new LocalRouter()
const files = new Map<string, { readonly type: string; readonly text: string }>()
const server = createServer(({ url = '/' }, response) => {
  const file = files.get(url)
  response.writeHead(file === undefined ? 404 : 200, { 'content-type': file?.type ?? 'text/plain' })
  response.end(file?.text)
})

/** The file of that name, as the document shows it. */
function shown(name: string): string {
  const text = readFileSync(DOCUMENT, 'utf8')
  const [, code] = text.split(`\`${name}\`:\n\n`)[1]?.match(/^```\w+\n([\s\S]*?)^```$/m) ?? []
  if (code === undefined) throw new Error(`The document shows no ${name}.`)
  return code.replaceAll('http://localhost:12434', router.address)
}

async function bundled(contents: string): Promise<string> {
  const stdin = { contents, resolveDir: PROJECT, loader: 'js' } as const
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', write: false, logLevel: 'error' })
  return outputFiles[0]!.text
}

test.describe.configure({ timeout: 120_000 })
test.beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
})
test.afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await router[Symbol.asyncDispose]()
})

test('the page of the quickstart asks under its own policy, and what it sends says nothing', async ({
  page,
}) => {
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  await router.start(['--cors-origin', origin])
  files.set('/', { type: 'text/html', text: shown('index.html') })
  files.set('/main.js', { type: 'text/javascript', text: await bundled(shown('main.js')) })
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    // A browser asks for an icon by itself.
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
      errors.push(message.text())
  })

  await page.goto(origin)
  await page.getByLabel('Ask').fill(QUESTION)
  const sent = page.waitForRequest(`${router.address}/v2/secure`)
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.locator('output')).toContainText(`${QUESTION.length} characters`, { timeout: 30_000 })
  const body = (await sent).postDataBuffer()!
  expect(body.length).toBeGreaterThan(QUESTION.length)
  expect(body.includes(QUESTION)).toBe(false)
  expect(errors).toEqual([])
})
