/** Makes the pictures of the README: `SCREENSHOTS=docs/images npm run test:slow -- apps/demo/test/screenshots`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { sendAndWait } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'
import { smallPng } from './small-png.ts'

const DIRECTORY = process.env['SCREENSHOTS'] ?? 'test-results'
/** Bytes: the README is read on telephones, too. */
const MOST_BYTES = 120_000

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('the chat beside the wire, in light', async ({ page }) => {
  await page.setViewportSize({ width: 1240, height: 690 })
  await page.goto(router.address)
  await sendAndWait(page, 'Can anybody on the way read this?')
  await expect(page.locator('#reading')).toContainText('This page computes the same')
  await page.locator('.wire').evaluate((wire) => wire.scrollTo(0, 90))
  await takePicture(page, 'demo-light.png')
})

test('attacks on a phone, in dark', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(router.address)
  await page.getByText('Attack it').click()
  await page.getByRole('button', { name: 'Cut the stream' }).click()
  await expect(page.getByText('StreamTruncatedError · stream_truncated')).toBeVisible()
  await page.getByRole('button', { name: 'Replay a request' }).click()
  await expect(page.getByText('InvalidRequestError · envelope_refused')).toBeVisible()
  await takePicture(page, 'demo-phone-dark.png')
})

async function takePicture(page: Page, name: string): Promise<void> {
  const picture = smallPng(await page.screenshot())
  expect(picture.length).toBeLessThan(MOST_BYTES)
  await mkdir(DIRECTORY, { recursive: true })
  await writeFile(join(DIRECTORY, name), picture)
}
