import { expect, test } from '@playwright/test'
import { expectAccessible, PHONE } from './axe.ts'
import { complaintsOf, sendAndWait, WITH_KEY_GENERATION } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any state of the page: ${colorScheme}`, async ({ page }) => {
    const complaints = complaintsOf(page)
    await page.emulateMedia({ colorScheme })
    await page.goto(router.address)
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
