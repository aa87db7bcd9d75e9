import { expect, test } from '@playwright/test'
import { answers } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('the keyboard suffices: attack, write, choose a protocol, look at the bytes', async ({ page }) => {
  await page.goto(router.address)
  await expect(page.locator('#fingerprint')).toBeVisible()
  const tabTo = async (selector: string): Promise<void> => {
    const isThere = (): Promise<boolean> =>
      page.evaluate((to) => document.activeElement?.matches(to) ?? false, selector)
    for (let tab = 0; tab < 60 && !(await isThere()); tab++) await page.keyboard.press('Tab')
    expect(await isThere(), `Tab leads to ${selector}`).toBe(true)
  }
  await tabTo('#attacks summary')
  await page.keyboard.press('Enter')
  await tabTo('#attack-list li:nth-child(2) button')
  await page.keyboard.press('Enter')
  const outcome = page.getByText('StreamTruncatedError · stream_truncated')
  await expect(outcome).toBeVisible()
  await expect(page.getByRole('button', { name: 'Cut the stream' })).toBeFocused()
  await tabTo('#text')
  await page.keyboard.type('By keys alone.')
  await page.keyboard.press('Enter')
  await expect(answers(page)).toHaveCount(1)
  await expect(page.locator('#text')).toBeFocused()
  await tabTo('#protocol')
  await tabTo('#request-tab')
  await tabTo('.hex-field')
  await expect(page.locator('#request-panel .field-note')).toContainText('magic, 4 bytes')
})
