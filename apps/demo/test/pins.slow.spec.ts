import { expect, test, type Page } from '@playwright/test'
import { expectAccessibleEverywhere } from './axe.ts'
import { answers, complaintsOf, failures, send, sendAndWait, showProtection } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'
import { Traffic } from './traffic.ts'

const SEALED = '/v2/secure'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a key that was pinned, by keys alone, is the only one that is accepted: ${colorScheme}`, async ({
    page,
  }) => {
    const complaints = complaintsOf(page)
    await page.emulateMedia({ colorScheme })
    await page.goto(router.address)
    await expect(page.locator('#fingerprint')).toBeVisible()
    const fingerprint = await router.fingerprint()
    await pin(page, fingerprint)
    await expect(page).toHaveURL(`${router.address}/?pin=${encodeURIComponent(fingerprint)}`)
    await expect(page.locator('#router-key-state')).toHaveText('Pinned: no other is accepted.')
    await expect(page.locator('#trust-fact')).toHaveText('Router key pinned')
    await showProtection(page)
    await expect(page.locator('#holds li').first()).toContainText('Only the key that was given in advance')
    await expect(page.getByLabel(/^Has whoever runs the router/)).toBeHidden()
    await sendAndWait(page, 'To the pinned key.')
    await expectAccessibleEverywhere(page, `a pinned key, ${colorScheme}`)

    await router.restartWithNewKey()
    const traffic = await Traffic.of(page)
    await page.reload()
    await expect(page.locator('#trust-fact')).toHaveText('Router key is not the pinned one', {
      timeout: 30_000,
    })
    const panel = page.getByRole('region', { name: 'The router shows another key than the pinned one' })
    await expect(panel.locator('#expected-key')).toHaveText(fingerprint)
    await expect(panel.locator('#received-key')).toHaveText(await router.fingerprint())
    await expect(page.getByRole('button', { name: 'Trust the new key…' })).toBeHidden()
    await send(page, 'May this leave?')
    await expect(failures(page)).toContainText('server_key_mismatch', { timeout: 30_000 })
    expect(traffic.sent(SEALED)).toEqual([])
    await showProtection(page)
    await expectAccessibleEverywhere(page, `a key that is not the pinned one, ${colorScheme}`)

    await page.getByRole('button', { name: 'Stop pinning' }).click()
    await expect(page).toHaveURL(`${router.address}/`)
    // Nor is the new one trusted then: the key of the first visit is remembered.
    await expect(page.locator('#trust-fact')).toHaveText('Router key changed', { timeout: 30_000 })
    await expect(page.getByRole('button', { name: 'Trust the new key…' })).toBeVisible()
    expect(complaints).toEqual([])
  })
}

test('a pin holds from the first visit on, in hexadecimal too, and over 1.0', async ({ page }) => {
  const hex = Buffer.from((await router.fingerprint()).slice('sha256/'.length), 'base64').toString('hex')
  await page.goto(`${router.address}/?protocol=1.0&pin=${hex}`)
  await expect(page.locator('#trust-fact')).toHaveText('Router key pinned')
  await sendAndWait(page, 'Over 1.0.')
  await expect(answers(page)).toHaveCount(1)
  await page.goto(`${router.address}/?pin=${'0'.repeat(64)}`)
  await expect(page.locator('#trust-fact')).toHaveText('Router key is not the pinned one')
})

test('the pluses of a pin may stand in the address as they are', async ({ page }) => {
  const other = `sha256/${'+'.repeat(42)}8=`
  await page.goto(`${router.address}/?pin=${other}&pin=${await router.fingerprint()}`)
  await expect(page.locator('#trust-fact')).toHaveText('Router key pinned')
})

test('what is no fingerprint is not pinned, and in the address it keeps everything from being sent', async ({
  page,
}) => {
  const traffic = await Traffic.of(page)
  await page.goto(router.address)
  await expect(page.locator('#fingerprint')).toBeVisible()
  await pin(page, 'sha256/short')
  await expect(page.locator('#pin-failure')).toContainText('A fingerprint is sha256/ and 44 characters')
  await expect(page).toHaveURL(`${router.address}/`)
  await expectAccessibleEverywhere(page, 'a pin that is none')

  const asked = traffic.sent('/pki/public_key').length + traffic.sent('/pki/capabilities').length
  await page.goto(`${router.address}/?pin=sha256/short`)
  await expect(page.getByRole('alert')).toContainText('holds a pin that is no fingerprint')
  await expect(page.getByRole('button', { name: 'Send' })).toBeDisabled()
  expect(traffic.sent('/pki/public_key').length + traffic.sent('/pki/capabilities').length).toBe(asked)
})

/** Types the pin and presses Enter. */
async function pin(page: Page, fingerprint: string): Promise<void> {
  await showProtection(page)
  await page.getByLabel(/^Has whoever runs the router/).focus()
  await page.keyboard.type(fingerprint)
  await page.keyboard.press('Enter')
}
