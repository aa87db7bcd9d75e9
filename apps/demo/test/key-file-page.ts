/** What a person does with the file of a key, and a file to do it with. */
import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, type Page } from '@playwright/test'
import { fingerprintOf } from './local-router.ts'

export const PASSWORD = 'correct horse Batterie Straße'

/** Types the password with which the key is to be exported. */
export async function fillExport(page: Page, password: string): Promise<void> {
  await page.getByRole('button', { name: 'Export…' }).click()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByLabel('The same again').fill(password)
}

/** The file that the page gives for the key in use. */
export async function exportKey(page: Page, password: string): Promise<string> {
  await fillExport(page, password)
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Encrypt and download' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/^nomyo-key-\w{8}\.pem$/)
  await expect(page.locator('#export-state')).toHaveText('Encrypted, and given to the browser to save.')
  await page.getByRole('button', { name: 'Close' }).click()
  return readFile(await download.path(), 'utf8')
}

/** Gives the page a file and its password. */
export async function fillImport(page: Page, pem: string, password: string): Promise<void> {
  await page.getByRole('button', { name: 'Import a key…' }).click()
  const file = { name: 'key.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(pem) }
  await page.getByLabel('File', { exact: true }).setInputFiles(file)
  await page.getByLabel('Its password').fill(password)
}

/** The same, and imports it. */
export async function importKey(page: Page, pem: string, password: string): Promise<void> {
  await fillImport(page, pem, password)
  await page.getByRole('button', { name: 'Import', exact: true }).click()
}

/** A key of Node's own, encrypted with few iterations of PBKDF2, as Node does. */
export function encryptedKey(): { pem: string; fingerprint: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 4096 })
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: PASSWORD,
  })
  return {
    pem: pem.toString(),
    fingerprint: fingerprintOf(publicKey.export({ type: 'spki', format: 'pem' }).toString()),
  }
}
