import { fileURLToPath } from 'node:url'
import { expect, test, type Page } from '@playwright/test'
import { build } from 'esbuild'
import type * as BackupPage from './backup-page.ts'
import { fingerprintOf, LocalRouter } from './local-router.ts'
import { hasOpenssl, opensslPkey } from './openssl.ts'

const SCRIPT = fileURLToPath(new URL('backup-page.ts', import.meta.url))
/** What the packages of the page import themselves, which the page does not. */
const PACKAGES = fileURLToPath(new URL('../../../packages/keystore-indexeddb/node_modules', import.meta.url))
const PASSWORD = 'correct horse Batterie Straße'
const TEXT = '{"sealed":"before the backup"}'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('a key generated exportable goes out as an encrypted PEM, and comes back in', async ({ page }) => {
  await openBackupPage(page)
  const backup = await page.evaluate(([password, text]) => backupPage.takeOut('before', password, text), [
    PASSWORD,
    TEXT,
  ] as const)
  expect(backup.pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
  const restored = await page.evaluate(([password, given]) => backupPage.putIn('after', password, given), [
    PASSWORD,
    backup,
  ] as const)
  expect(restored).toEqual({ fingerprint: backup.fingerprint, extractable: false, opened: TEXT })
  const withWrongPassword = page.evaluate(
    (given) => backupPage.putIn('nothing', 'a wrong one', given),
    backup,
  )
  await expect(withWrongPassword).rejects.toThrow('SecurityError')
})

test('openssl opens the encrypted PEM of an exportable key', async ({ page }) => {
  test.skip(!(await hasOpenssl()), 'openssl is not installed')
  await openBackupPage(page)
  const { fingerprint, pem } = await page.evaluate(
    ([password, text]) => backupPage.takeOut('for-openssl', password, text),
    [PASSWORD, TEXT] as const,
  )
  expect(await opensslPkey(['-noout', '-check'], pem, PASSWORD)).toContain('Key is valid')
  expect(fingerprintOf(await opensslPkey(['-pubout'], pem, PASSWORD))).toBe(fingerprint)
})

declare const backupPage: typeof BackupPage

/** An empty page on the router's origin with the functions of backup-page.ts. */
async function openBackupPage(page: Page): Promise<void> {
  const bundle = await build({
    entryPoints: [SCRIPT],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'backupPage',
    nodePaths: [PACKAGES],
  })
  const address = new URL('backup', router.address).href
  const body = '<!doctype html><title>Backup</title>'
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body }))
  await page.goto(address)
  await page.addScriptTag({ content: bundle.outputFiles[0]?.text ?? '' })
}
