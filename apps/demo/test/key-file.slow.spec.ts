import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, test, type Download, type Locator, type Page } from '@playwright/test'
import {
  complaintsOf,
  ownFingerprint,
  sendAndWait,
  showProtection,
  usedKey,
  WITH_KEY_GENERATION,
} from './chat-page.ts'
import { encryptedKey, exportKey, fillExport, fillImport, importKey, PASSWORD } from './key-file-page.ts'
import { fingerprintOf, LocalRouter } from './local-router.ts'
import { hasOpenssl, opensslPkey } from './openssl.ts'
import { storedPrivateKeys } from './stored-keys.ts'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('a key made to be taken along goes out encrypted, and comes into another browser', async ({
  page,
  browser,
}) => {
  const complaints = complaintsOf(page)
  const fingerprint = await makePortableKey(page)
  await expect(page.getByText('kept in this browser, exportable')).toBeVisible()
  await expect(page.locator('#key-words')).toContainText('any script that gets to run in it')
  const pem = await exportKey(page, PASSWORD)
  expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
  await expect(page.locator('#export-password')).toHaveValue('')

  const another = await (await browser.newContext()).newPage()
  await another.goto(router.address)
  await showProtection(another)
  await importKey(another, pem, PASSWORD)
  await expect(another.locator('#import-dialog')).toBeHidden()
  await expect(another.getByRole('button', { name: 'Import a key…' })).toBeFocused()
  expect(await ownFingerprint(another)).toBe(fingerprint)
  await expect(another.locator('#own-key-state')).toContainText('0 days old')
  await expect(another.getByRole('button', { name: 'Export…' })).toBeHidden()
  expect((await storedPrivateKeys(another)).map(({ extractable }) => extractable)).toEqual([false])
  await another.getByLabel('Protocol').selectOption('1.0')
  expect(await usedKey(another, () => sendAndWait(another, 'With the key of the other browser.'))).toBe(
    fingerprint,
  )
  await another.reload()
  expect(await ownFingerprint(another)).toBe(fingerprint)
  await another.context().close()
  expect(complaints).toEqual([])
})

test('openssl opens what the page exports', async ({ page }) => {
  test.skip(!(await hasOpenssl()), 'openssl is not installed')
  const fingerprint = await makePortableKey(page)
  const pem = await exportKey(page, PASSWORD)
  expect(await opensslPkey(['-noout', '-check'], pem, PASSWORD)).toContain('Key is valid')
  expect(fingerprintOf(await opensslPkey(['-pubout'], pem, PASSWORD))).toBe(fingerprint)
})

test('two passwords that differ export nothing', async ({ page }) => {
  await makePortableKey(page)
  await page.getByRole('button', { name: 'Export…' }).click()
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
  const downloads: string[] = []
  page.on('download', (download) => downloads.push(download.suggestedFilename()))
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('The same again').fill(`${PASSWORD}.`)
  await page.getByRole('button', { name: 'Encrypt and download' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'not the same' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Export…' })).toBeFocused()
  await expect(page.locator('#export-password')).toHaveValue('')
  // One that is the same does: what was not there before would have been seen.
  await exportKey(page, PASSWORD)
  expect(downloads).toHaveLength(1)
})

test('a key that was not made for it cannot be exported, and the page says why', async ({ page }) => {
  await page.goto(router.address)
  await showProtection(page)
  await page.getByRole('button', { name: 'Make a key' }).click()
  const first = await ownFingerprint(page)
  await expect(page.locator('#export-words')).toContainText('cannot be exported, not even by this page')
  await expect(page.getByRole('button', { name: 'Export…' })).toBeHidden()

  await page.getByLabel('Make the next key so that I can take it with me').check()
  await page.getByRole('button', { name: 'New key' }).click()
  await expect(page.locator('#own-fingerprint')).not.toHaveText(first, { timeout: WITH_KEY_GENERATION })
  await expect(page.getByRole('button', { name: 'Export…' })).toBeVisible()
  const second = await ownFingerprint(page)
  await page.reload()
  await showProtection(page)
  await expect(page.getByRole('button', { name: 'Export…' })).toBeVisible()
  expect(await ownFingerprint(page)).toBe(second)

  await page.getByRole('button', { name: 'New key' }).click()
  await expect(page.locator('#own-fingerprint')).not.toHaveText(second, { timeout: WITH_KEY_GENERATION })
  await expect(page.getByRole('button', { name: 'Export…' })).toBeHidden()
})

test('a key that its age replaces is followed by one of its kind', async ({ page }) => {
  const first = await makePortableKey(page)
  await page.clock.setFixedTime(Date.now() + 91 * 24 * 60 * 60 * 1000)
  await page.goto(`${router.address}/?protocol=1.0`)
  const used = await usedKey(page, () => sendAndWait(page, 'Much later.'))
  expect(used).not.toBe(first)
  await showProtection(page)
  await expect(page.locator('#own-fingerprint')).toHaveText(used)
  await expect(page.getByRole('button', { name: 'Export…' })).toBeVisible()
})

test('a wrong password says so and loses nothing; the key in use is replaced only after a yes', async ({
  page,
}) => {
  const { pem, fingerprint: imported } = encryptedKey()
  await page.goto(`${router.address}/?protocol=1.0`)
  const mine = await ownFingerprint(page)
  await importKey(page, pem, 'a wrong one')
  const failure = page.locator('#import-failure')
  await expect(failure).toContainText('That password does not open this file')
  await expect(page.locator('#own-fingerprint')).toHaveText(mine)

  // The file is still chosen: the password alone is typed again.
  await page.getByLabel('Its password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  const question = page.getByRole('dialog', { name: 'Put the imported key in place of yours?' })
  await expect(question).toContainText(mine)
  await expect(question).toContainText(imported)
  await expect(question.getByRole('button', { name: 'No, keep mine' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.locator('#import-state')).toHaveText('Your key is the one it was.')
  await expect(page.locator('#own-fingerprint')).toHaveText(mine)
  expect(await storedPrivateKeys(page)).toHaveLength(1)

  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await question.getByRole('button', { name: 'Yes, replace it' }).click()
  await expect(page.locator('#own-fingerprint')).toHaveText(imported)
  await expect(page.locator('#own-key-state')).toContainText('password of this file can be guessed faster')
  expect(await usedKey(page, () => sendAndWait(page, 'With the imported one.'))).toBe(imported)
  expect(await storedPrivateKeys(page)).toHaveLength(2) // the one before, for a day
})

test('what is no encrypted key is refused in words', async ({ page }) => {
  await page.goto(router.address)
  await showProtection(page)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const plain = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const refused: readonly (readonly [string, string])[] = [
    ['Dear diary', 'it is not one block of PEM'],
    [plain, 'This key is not encrypted'],
    ['x'.repeat(65 * 1024), 'The file is too large'],
  ]
  for (const [text, words] of refused) {
    await importKey(page, text, PASSWORD)
    await expect(page.locator('#import-failure')).toContainText(words)
    await page.keyboard.press('Escape')
  }
  expect(await storedPrivateKeys(page)).toEqual([])
})

test('who cancels while a file is decrypted has imported nothing', async ({ page }) => {
  const { pem, fingerprint } = encryptedKey()
  await page.goto(router.address)
  await showProtection(page)
  await fillImport(page, pem, PASSWORD)
  const confirm = page.getByRole('button', { name: 'Import', exact: true })
  await closeAsItBegins(confirm)
  await page.getByRole('button', { name: 'Import a key…' }).click()
  await expect(confirm).toBeEnabled() // that is over
  await expect(page.locator('#import-state')).toBeEmpty()
  expect(await storedPrivateKeys(page)).toEqual([])
  await page.keyboard.press('Escape')
  await importKey(page, pem, PASSWORD)
  expect(await ownFingerprint(page)).toBe(fingerprint)
})

test('who closes the dialog while a key is encrypted gets no file; what is typed meanwhile is no password', async ({
  page,
}) => {
  await makePortableKey(page)
  const downloads: Download[] = []
  page.on('download', (download) => downloads.push(download))
  const confirm = page.getByRole('button', { name: 'Encrypt and download' })
  await fillExport(page, PASSWORD)
  await closeAsItBegins(confirm)
  await fillExport(page, PASSWORD)
  await expect(confirm).toBeEnabled() // that is over
  const field = page.getByLabel('Password', { exact: true })
  await confirm.evaluate((button: HTMLButtonElement) => {
    button.click()
    document.querySelector<HTMLInputElement>('#export-password')!.value = 'typed too late'
  })
  await expect(page.locator('#export-state')).toHaveText('Encrypted, and given to the browser to save.')
  await expect(field).toHaveValue('')
  await expect.poll(() => downloads.length).toBe(1)
  const pem = await readFile(await downloads[0]!.path(), 'utf8')
  await page.keyboard.press('Escape')
  await importKey(page, pem, PASSWORD)
  await expect(page.locator('#import-state')).toContainText('the key that you use already')
  expect(downloads).toHaveLength(1)
})

test('where nothing can be stored, a key can be taken along all the same', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }))
  const fingerprint = await makePortableKey(page)
  await expect(page.getByText('in memory, gone when the page is closed')).toBeVisible()
  const pem = await exportKey(page, PASSWORD)
  await page.getByRole('button', { name: 'New key' }).click()
  await expect(page.locator('#own-fingerprint')).not.toHaveText(fingerprint, { timeout: WITH_KEY_GENERATION })
  await importKey(page, pem, PASSWORD)
  await page.getByRole('button', { name: 'Yes, replace it' }).click()
  await expect(page.locator('#own-fingerprint')).toHaveText(fingerprint)
})

/** Opens the page, has a key made that can be exported, and gives its fingerprint. */
async function makePortableKey(page: Page): Promise<string> {
  await page.goto(router.address)
  await showProtection(page)
  await page.getByLabel('Make the next key so that I can take it with me').check()
  await page.getByRole('button', { name: 'Make a key' }).click()
  const fingerprint = await ownFingerprint(page)
  await page.getByLabel('Make the next key so that I can take it with me').uncheck()
  return fingerprint
}

/** Closes the dialog of a button in the moment in which the button was clicked. */
async function closeAsItBegins(button: Locator): Promise<void> {
  await button.evaluate((element: HTMLButtonElement) => {
    element.click()
    element.closest('dialog')?.close()
  })
}
