import { expect, test } from '@playwright/test'
import { expectAccessibleEverywhere } from './axe.ts'
import {
  complaintsOf,
  failures,
  ownFingerprint,
  send,
  sendAndWait,
  showProtection,
  WITH_KEY_GENERATION,
} from './chat-page.ts'
import { LocalRouter } from './local-router.ts'
import { attach, gif } from './pictures.ts'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 180_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing where keys are made, exported and imported: ${colorScheme}`, async ({ page }) => {
    const complaints = complaintsOf(page)
    await page.emulateMedia({ colorScheme })
    await page.goto(router.address)
    await showProtection(page)
    await page.getByLabel('Make the next key so that I can take it with me').check()
    await page.getByRole('button', { name: 'Make a key' }).click()
    const first = await ownFingerprint(page)
    await page.getByRole('button', { name: 'New key' }).click()
    await expect(page.locator('#own-fingerprint')).not.toHaveText(first, { timeout: WITH_KEY_GENERATION })
    await expect(page.getByRole('button', { name: 'New key' })).toBeEnabled()
    await expectAccessibleEverywhere(page, `after a rotation, ${colorScheme}`)

    await page.getByRole('button', { name: 'Export…' }).click()
    await page.getByLabel('Password', { exact: true }).fill('one')
    await page.getByLabel('The same again').fill('another')
    await page.getByRole('button', { name: 'Encrypt and download' }).click()
    await expect(page.locator('#export-failure')).not.toBeEmpty()
    await expectAccessibleEverywhere(page, `the export form with a failure, ${colorScheme}`)
    await page.getByLabel('Password', { exact: true }).fill('the same')
    await page.getByLabel('The same again').fill('the same')
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Encrypt and download' }).click()
    const file = await (await downloading).path()
    await expectAccessibleEverywhere(page, `the export form, done, ${colorScheme}`)
    await page.getByRole('button', { name: 'Close' }).click()

    await page.getByRole('button', { name: 'New key' }).click()
    await expect(page.locator('#own-key-state')).toContainText('In use since', {
      timeout: WITH_KEY_GENERATION,
    })
    await page.getByRole('button', { name: 'Import a key…' }).click()
    await page.getByLabel('File', { exact: true }).setInputFiles(file)
    await page.getByLabel('Its password').fill('not it')
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await expect(page.locator('#import-failure')).not.toBeEmpty()
    await expectAccessibleEverywhere(page, `the import form with a failure, ${colorScheme}`)
    await page.getByLabel('Its password').fill('the same')
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await expect(page.getByRole('button', { name: 'No, keep mine' })).toBeVisible()
    await expectAccessibleEverywhere(page, `the question before a key is replaced, ${colorScheme}`)
    expect(complaints).toEqual([])
  })

  test(`axe finds nothing where the router shows another key: ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.goto(router.address)
    await expect(page.locator('#fingerprint')).toBeVisible()
    await router.restartWithNewKey()
    await page.reload()
    await expect(page.locator('#key-change')).toBeVisible({ timeout: 30_000 })
    await send(page, 'May this leave?')
    await expect(failures(page)).toContainText('server_key_mismatch', { timeout: 30_000 })
    await showProtection(page)
    await expectAccessibleEverywhere(page, `a changed router key, ${colorScheme}`)
    await page.getByRole('button', { name: 'Trust the new key…' }).click()
    await expectAccessibleEverywhere(page, `the question before it is trusted, ${colorScheme}`)
  })

  test(`axe finds nothing offline, with pictures: ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.goto(router.address)
    await sendAndWait(page, 'Before.')
    await router.stop()
    await attach(page, gif('sent.gif'))
    await send(page, 'Anybody there?')
    await expect(failures(page)).toContainText('The router cannot be reached', { timeout: 30_000 })
    await attach(page, gif('kept.gif'), { ...gif('no.gif'), buffer: Buffer.from('no picture') })
    await expect(page.locator('#picture-note')).not.toBeEmpty()
    await expectAccessibleEverywhere(page, `offline, ${colorScheme}`)
    await router.start()
  })
}
