import { expect, test, type Page } from '@playwright/test'
import { answers, ownFingerprint, panel, sendAndWait } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'
import { Traffic } from './traffic.ts'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('fingerprints, an answer and the bytes on the wire are copied as they are', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const traffic = await Traffic.of(page)
  await page.goto(router.address)
  await expect(page.locator('#fingerprint')).toBeVisible()
  expect(await copied(page, '#copy-fingerprint')).toBe(await router.fingerprint())
  await sendAndWait(page, 'Copy this.')
  const words = await answers(page).locator('.words').innerText()
  expect(await copied(page, '.theirs .about button')).toBe(words)
  const [sent] = traffic.sent('/v2/secure')
  expect(await copied(page, '#request-panel .json-buttons button:last-child')).toBe(sent?.toString('hex'))

  await page.getByLabel('Protocol').selectOption('1.0')
  const own = await ownFingerprint(page)
  expect(await copied(page, '#copy-own-fingerprint')).toBe(own)
  await sendAndWait(page, 'And this.')
  const [envelope] = traffic.sent('/v1/chat/secure_completion')
  expect(await copied(page, '#request-panel .json-buttons button:last-child')).toBe(envelope?.toString())
  await expect(panel(page, 'Request')).toBeVisible()
})

test('where copying is not allowed, the button says so', async ({ page }) => {
  await page.addInitScript(() => {
    Clipboard.prototype.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
  })
  await page.goto(router.address)
  const button = page.locator('#copy-fingerprint')
  await button.click()
  await expect(button).toHaveText('Not allowed: select it by hand')
  await expect(button).toHaveText('Copy')
})

/** What is in the clipboard after that button was pressed. */
async function copied(page: Page, selector: string): Promise<string> {
  const button = page.locator(selector).first()
  await button.click()
  await expect(button).toHaveText('Copied')
  return page.evaluate(() => navigator.clipboard.readText())
}
