/** Files that somebody hostile gives to be imported, and imports that race. */
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, test, type Page } from '@playwright/test'
import { complaintsOf, ownFingerprint, showProtection, WITH_KEY_GENERATION } from './chat-page.ts'
import { encryptedKey, fillImport, importKey, PASSWORD } from './key-file-page.ts'
import { LocalRouter } from './local-router.ts'
import { hasOpenssl } from './openssl.ts'
import { storedPrivateKeys } from './stored-keys.ts'

/** Iterations of PBKDF2 that take four bytes, so that others of four bytes can stand in their place. */
const FOUR_BYTES = 0x00_80_00_00
const WRONG = 'That password does not open this file, or the file is damaged'
const NO_BLOCK = 'it is not one block of PEM'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

function encrypted(key: KeyObject): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD } as const
  return key.export(options).toString()
}

const { pem } = encryptedKey()
const lines = pem.trimEnd().split('\n')
const HOSTILE: Readonly<Record<string, readonly [text: string, words: string]>> = {
  'two keys': [pem + pem, NO_BLOCK],
  'markup': [`<img src=x onerror="globalThis.ran = true">`, NO_BLOCK],
  'markup before a key': [`<script>globalThis.ran = true</script>\n${pem}`, NO_BLOCK],
  'a key of markup': [[lines[0], '<svg onload="globalThis.ran = true">', lines.at(-1)].join('\n'), NO_BLOCK],
  'nothing': ['', NO_BLOCK],
  'bytes': ['\0\x01\xFF'.repeat(100), NO_BLOCK],
  'base64 alone': ['A'.repeat(60_000), NO_BLOCK],
  'half a key': [
    [...lines.slice(0, 20), lines.at(-1)].join('\n'),
    'it is not DER of an EncryptedPrivateKeyInfo',
  ],
  'one bit': [
    pem.replace(
      lines[30]!,
      lines[30]!.replace(/^./, (it) => (it === 'A' ? 'B' : 'A')),
    ),
    WRONG,
  ],
  'RSA of 1024 bits': [encrypted(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), WRONG],
  'an elliptic curve': [encrypted(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), WRONG],
  'exponent 3': [
    encrypted(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey),
    WRONG,
  ],
}

test('a hostile file is refused in words, runs nothing, and leaves the key that there is', async ({
  page,
}) => {
  const complaints = complaintsOf(page)
  const mine = await withKey(page)
  for (const [name, [text, words]] of Object.entries(HOSTILE)) {
    await test.step(name, async () => {
      await importKey(page, text, PASSWORD)
      await expect(page.locator('#import-failure')).toContainText(words)
      await page.keyboard.press('Escape')
      await expect(page.locator('#import-dialog')).toBeHidden()
    })
  }
  expect(await ownFingerprint(page)).toBe(mine)
  expect(await storedPrivateKeys(page)).toHaveLength(1)
  expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false)
  expect(complaints).toEqual([])
})

test('a file that asks for 10^9 iterations is refused before anything is computed', async ({ page }) => {
  test.skip(!(await hasOpenssl()), 'openssl is not installed')
  const iterations = ['-iter', String(FOUR_BYTES), '-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA256']
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })
  const der = execFileSync(
    'openssl',
    ['pkcs8', '-topk8', '-outform', 'DER', '-passout', 'pass:x', ...iterations],
    {
      input: key,
    },
  )
  const place = der.indexOf(Buffer.from('020400800000', 'hex'))
  expect(place).toBeGreaterThan(0)
  der.writeUInt32BE(1_000_000_000, place + 2)
  const base64 = der.toString('base64').replaceAll(/.{64}/g, '$&\n')
  await page.goto(router.address)
  await showProtection(page)
  const label = 'ENCRYPTED PRIVATE KEY'
  await importKey(page, `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`, 'x')
  await expect(page.locator('#import-failure')).toContainText('it asks for more than 10000000 iterations')
  expect(await storedPrivateKeys(page)).toEqual([])
})

test('two tabs that import at once end with one key', async ({ page, context }) => {
  const another = await context.newPage()
  const tabs = [page, another]
  for (const tab of tabs) {
    await tab.goto(router.address)
    await showProtection(tab)
    await fillImport(tab, encryptedKey().pem, PASSWORD)
  }
  const begin = (tab: Page): Promise<void> =>
    tab.locator('#confirm-import').evaluate((button: HTMLButtonElement) => button.click())
  await Promise.all(tabs.map(begin))
  for (const tab of tabs) {
    // The later one is refused, or asked, as it comes.
    const question = tab.locator('#replace-dialog[open]')
    await expect(tab.locator('#confirm-import:enabled').or(question)).toBeAttached({ timeout: 20_000 })
    if (await question.isVisible()) await question.getByRole('button', { name: 'No, keep mine' }).click()
  }
  expect(await storedPrivateKeys(page)).toHaveLength(1)
  for (const tab of tabs) await tab.reload()
  expect(await ownFingerprint(page)).toBe(await ownFingerprint(another))
})

test('a “yes” to a key that another tab has replaced meanwhile replaces nothing', async ({
  page,
  context,
}) => {
  const mine = await withKey(page)
  await importKey(page, pem, PASSWORD)
  const question = page.getByRole('dialog', { name: 'Put the imported key in place of yours?' })
  await expect(question).toContainText(mine)
  const another = await context.newPage()
  await another.goto(router.address)
  await showProtection(another)
  await another.getByRole('button', { name: 'New key' }).click()
  await expect(another.locator('#own-fingerprint')).not.toHaveText(mine, { timeout: WITH_KEY_GENERATION })
  const newer = await ownFingerprint(another)
  await question.getByRole('button', { name: 'Yes, replace it' }).click()
  await expect(page.locator('#import-failure')).toContainText('KeyStoreError · exists')
  await another.reload()
  expect(await ownFingerprint(another)).toBe(newer)
})

test('an import while a new key is generated: the page shows the key that is stored', async ({
  page,
  context,
}) => {
  const { pem: file, fingerprint: imported } = encryptedKey()
  await withKey(page)
  await fillImport(page, file, PASSWORD)
  // Both in one moment; the dialog covers the button for a person, not for a slow machine.
  await page.evaluate(() => {
    document.querySelector<HTMLButtonElement>('#new-key')!.click()
    document.querySelector<HTMLButtonElement>('#confirm-import')!.click()
  })
  const yes = page.getByRole('button', { name: 'Yes, replace it' })
  await yes.click()
  await expect(page.locator('#new-key')).toBeEnabled({ timeout: WITH_KEY_GENERATION })
  await expect(page.locator('#confirm-import')).toBeEnabled()
  const another = await context.newPage()
  await another.goto(router.address)
  const stored = await ownFingerprint(another)
  if ((await page.locator('#import-failure').textContent()) === '') expect(stored).toBe(imported)
  await expect(page.locator('#own-fingerprint')).toHaveText(stored)
  expect((await storedPrivateKeys(page)).some(({ extractable }) => extractable)).toBe(false)
})

test('an imported key that cannot be loaded is said to be so', async ({ page }) => {
  const mine = await withKey(page)
  await importKey(page, pem, PASSWORD)
  await page.locator('#import-dialog').evaluate((dialog: HTMLDialogElement) => {
    const close = dialog.close.bind(dialog)
    dialog.close = () => {
      close()
      IDBDatabase.prototype.transaction = () => {
        throw new DOMException('It is gone.', 'InvalidStateError')
      }
    }
  })
  await page.getByRole('button', { name: 'Yes, replace it' }).click()
  await expect(page.locator('#import-dialog')).toBeHidden()
  await expect(page.locator('#own-key-state')).toContainText('KeyStoreError')
  await expect(page.locator('#own-fingerprint')).toHaveText(mine)
})

/** Opens the page, has a key made, and gives its fingerprint. */
async function withKey(page: Page): Promise<string> {
  await page.goto(router.address)
  await showProtection(page)
  await page.getByRole('button', { name: 'Make a key' }).click()
  return ownFingerprint(page)
}
