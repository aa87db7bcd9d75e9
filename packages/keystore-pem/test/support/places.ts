/** Temporary directories, and the errors that the store answers with. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyStoreError, SecurityError } from '@nomyo/core'
import { expect, onTestFinished } from 'vitest'
import { expectNoSecrets } from './secrets.ts'

/** A path for a key directory that does not exist yet; removed when the test ends. */
export function newPlace(): string {
  const parent = mkdtempSync(join(tmpdir(), 'nomyo-pem-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'client_keys')
}

/** A directory with a private key file of that content, and nothing else. */
export function placeWith(content: string | Uint8Array, mode = 0o600): { dir: string; path: string } {
  const dir = newPlace()
  mkdirSync(dir, { mode: 0o700 })
  const path = join(dir, 'private_key.pem')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return { dir, path }
}

/** The permission bits of a file, in octal. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8).padStart(4, '0')
}

/** Expects a KeyStoreError with that code whose message names `path`, and returns the message. */
export async function refusal(promise: Promise<unknown>, code: string, path: string): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(KeyStoreError.isInstance(error), String(error)).toBe(true)
  expect(error).toMatchObject({ code })
  expect(error).not.toHaveProperty('cause')
  expectNoSecrets(error)
  const { message } = error as KeyStoreError
  expect(message).toContain(path)
  return message
}

/** Expects the one error for all that shows only after the password was used, in the words of the core. */
export async function undecryptable(promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(SecurityError.isInstance(error), String(error)).toBe(true)
  expect(error).toMatchObject({ code: 'decryption_failed' })
  expect(error).not.toHaveProperty('cause')
  expectNoSecrets(error)
  expect((error as SecurityError).message).toBe(
    'The private key could not be decrypted: the password is wrong, the key is damaged, ' +
      'or it is not an RSA key of 2048 to 8192 bits with e = 65537.',
  )
}
