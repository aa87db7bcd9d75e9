import { expect, test, type Page } from '@playwright/test'
import { sendAndWait, showProtection } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('what holds, and what does not, goes with the protocol', async ({ page }) => {
  await page.goto(router.address)
  await showProtection(page)
  await expect(page.locator('#trust-fact')).toHaveText('Router key trusted on first use')
  await expect(page.locator('#trust-words')).toContainText('until the site’s data is cleared')
  await expect(holds(page).first()).toContainText(
    /^It is the same router key since .+ To another one, nothing/,
  )
  await expect(lacks(page).first()).toContainText('compare its fingerprint')
  await expect(lacks(page).last()).toContainText('over http:')

  await sendAndWait(page, 'Over 2.0.')
  await expect(page.locator('#protocol-fact')).toHaveText('Protocol 2.0')
  await expect(holds(page).filter({ hasText: 'belongs to your very request' })).toHaveCount(1)
  await expect(holds(page).filter({ hasText: 'refuses one that it has seen' })).toHaveCount(1)
  await expect(lacks(page).filter({ hasText: 'can forge one' })).toHaveCount(0)

  await page.getByLabel('Protocol').selectOption('1.0')
  await expect(page.locator('#protocol-fact')).toHaveText('Protocol 1.0')
  await expect(holds(page).filter({ hasText: 'belongs to your very request' })).toHaveCount(0)
  await expect(lacks(page).filter({ hasText: 'can forge one' })).toHaveCount(1)
  await expect(lacks(page).filter({ hasText: 'can send it again' })).toHaveCount(1)
  await expect(page.locator('#trust-fact')).toHaveText('Router key trusted on first use')
})

test('of a key that has changed nothing is promised but that nothing is sent', async ({ page }) => {
  await page.goto(router.address)
  await expect(page.locator('#fingerprint')).toBeVisible()
  await router.restartWithNewKey()
  await page.reload()
  await expect(page.locator('#trust-fact')).toHaveText('Router key changed')
  await expect(page.locator('#trust-fact')).toHaveAttribute('data-state', 'changed')
  await showProtection(page)
  await expect(holds(page)).toHaveText(['No message is sealed to the new key unless you decide to trust it.'])
  await page.getByRole('button', { name: 'Trust the new key…' }).click()
  await page.getByRole('button', { name: 'Yes, trust this key' }).click()
  await expect(page.locator('#trust-fact')).toHaveText('Router key trusted on first use')
  await expect(page.locator('#trust-words')).toContainText('or the one that you decided for since')
})

test('without a key the page claims none', async ({ page }) => {
  await page.route('**/pki/*', (route) => route.abort())
  await page.goto(router.address)
  await expect(page.locator('#trust-fact')).toHaveText('Router key not known', { timeout: 30_000 })
  await expect(holds(page)).toHaveText(['No message leaves without a key: nothing is sent unsealed.'])
  await page.unroute('**/pki/*')
  await page.getByRole('button', { name: 'Ask again' }).click()
  await expect(page.locator('#trust-fact')).toHaveText('Router key trusted on first use')
})

test('where nothing can be stored, it does not say that the key is remembered', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }))
  await page.goto(router.address)
  await expect(page.locator('#trust-fact')).toHaveText('Router key trusted on first use')
  await expect(page.locator('#trust-words')).toContainText('only until this page is closed or reloaded')
})

function holds(page: Page): ReturnType<Page['locator']> {
  return page.locator('#holds li')
}

function lacks(page: Page): ReturnType<Page['locator']> {
  return page.locator('#lacks li')
}
