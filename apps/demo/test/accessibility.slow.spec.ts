import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test, type Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { complaintsOf, failures, send, sendAndWait, WITH_KEY_GENERATION } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'

/** Evaluated, not added as a script: the page's policy stays as strict as it is. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PHONE = { width: 360, height: 740 }

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any state of the page: ${colorScheme}`, async ({ page }) => {
    const complaints = complaintsOf(page)
    await page.emulateMedia({ colorScheme })
    await page.goto(router.address)
    await page.evaluate(AXE)
    await expect(page.locator('#fingerprint')).toBeVisible()
    await expectAccessible(page, 'first visit')
    await sendAndWait(page, 'Is this readable to all?')
    await expectAccessible(page, 'an answer')
    await page.getByRole('tab', { name: 'Answer' }).click()
    await page.getByText('What protects this session').click()
    await page.getByText('Attack it').click()
    await page.getByRole('button', { name: 'Flip a bit' }).click()
    await expect(page.getByText('decryption_failed')).toBeVisible()
    await expectAccessible(page, 'an attack')
    await page.getByRole('button', { name: 'Make a key' }).click()
    await expect(page.locator('#own-fingerprint')).toBeVisible({ timeout: WITH_KEY_GENERATION })
    await page.getByLabel('Protocol').selectOption('1.0')
    await sendAndWait(page, 'And over 1.0?')
    await page.setViewportSize(PHONE)
    await expectAccessible(page, 'a key and 1.0, on a phone')
    expect(complaints).toEqual([])
  })
}

test('axe finds nothing where the router is gone', async ({ page }) => {
  await page.goto(router.address)
  await page.evaluate(AXE)
  await sendAndWait(page, 'Before.')
  await router.stop()
  await send(page, 'Anybody there?')
  await expect(failures(page)).toContainText('The router cannot be reached', { timeout: 30_000 })
  await expectAccessible(page, 'offline')
  await router.start()
})

async function expectAccessible(page: Page, state: string): Promise<void> {
  const { violations, passes } = await page.evaluate(() => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }
    return axe.run()
  })
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
  expect(found, state).toEqual([])
  expect(passes.length, state).toBeGreaterThan(10) // it did look
}
