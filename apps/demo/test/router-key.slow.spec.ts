import { expect, test, type Page } from '@playwright/test'
import { answers, failures, send, sendAndWait } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'
import { Traffic } from './traffic.ts'

const COMPLETION = '/v2/secure'
const MISMATCH = 'ServerKeyMismatchError · server_key_mismatch'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('a changed router key is refused, also after a reload, until the person trusts it', async ({ page }) => {
  const { before, after } = await visitAndChangeKey(page)
  const traffic = await Traffic.of(page)

  for (const visit of ['first', 'second']) {
    await page.reload()
    await expect(keyChange(page), `${visit} reload`).toBeVisible({ timeout: 30_000 })
    await expect(page.locator('#expected-key')).toHaveText(before)
    await expect(page.locator('#received-key')).toHaveText(after)
    await send(page, 'May this leave?')
    await expect(failures(page)).toContainText(MISMATCH, { timeout: 30_000 })
  }
  expect(traffic.sent(COMPLETION)).toEqual([])

  await page.getByRole('button', { name: 'Compare the keys' }).click()
  await expect(keyChange(page).getByRole('heading')).toBeFocused()
  await page.getByRole('button', { name: 'Trust the new key…' }).click()
  const question = page.getByRole('dialog', { name: 'Did whoever runs the router confirm this fingerprint' })
  await expect(question).toContainText(after)
  expect(traffic.sent(COMPLETION)).toEqual([])
  await question.getByRole('button', { name: 'Yes, trust this key' }).click()
  await expect(keyChange(page)).toBeHidden()
  await expect(page.locator('#fingerprint')).toHaveText(after)
  const retry = page.getByRole('button', { name: 'Retry' })
  await expect(retry).toBeFocused()
  await retry.click()
  await expect(answers(page)).toHaveCount(1)
  expect(traffic.sent(COMPLETION)).toHaveLength(1)

  await page.reload()
  await expect(page.locator('#fingerprint')).toHaveText(after)
  await sendAndWait(page, 'Afterwards.')
  await expect(keyChange(page)).toBeHidden()
})

test('whoever says no, or presses Escape, trusts nothing; the keyboard suffices', async ({ page }) => {
  const { before } = await visitAndChangeKey(page)
  const traffic = await Traffic.of(page)
  await page.reload()
  const trust = page.getByRole('button', { name: 'Trust the new key…' })
  await trust.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'No, send nothing' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(trust).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.reload()
  await expect(page.locator('#expected-key')).toHaveText(before)
  expect(traffic.sent(COMPLETION)).toEqual([])

  await trust.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(keyChange(page)).toBeHidden()
  await expect(page.getByLabel('Message', { exact: true })).toBeFocused()
})

test('yet another key after the decision is refused as well', async ({ page }) => {
  await visitAndChangeKey(page)
  await page.reload()
  await page.getByRole('button', { name: 'Trust the new key…' }).click()
  const decided = (await page.locator('#asked-key').textContent()) ?? ''
  const latest = await changeKey()
  await page.getByRole('button', { name: 'Yes, trust this key' }).click()
  await expect(page.locator('#received-key')).toHaveText(latest)
  await expect(page.locator('#expected-key')).toHaveText(decided)
  await expect(keyChange(page)).toBeVisible()
})

function keyChange(page: Page): ReturnType<Page['getByRole']> {
  return page.getByRole('region', { name: 'The router shows another key' })
}

/** The person has met the router; then its key changes. Gives both fingerprints. */
async function visitAndChangeKey(page: Page): Promise<{ before: string; after: string }> {
  await page.goto(router.address)
  const shown = page.locator('#fingerprint')
  await expect(shown).toBeVisible()
  const before = (await shown.textContent()) ?? ''
  return { before, after: await changeKey() }
}

/** Gives the fingerprint of the router's new key. */
async function changeKey(): Promise<string> {
  await router.restartWithNewKey()
  return router.fingerprint()
}
