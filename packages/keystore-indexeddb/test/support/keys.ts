/** Stored test keys as pairs that can be exported, or not. */
import { exportPrivateKey, importPrivateKey, KeyStoreError, open, seal, type KeyPair } from '@nomyo/core'
import { expect } from 'vitest'
import { PRIVATE_KEYS } from '../../../core/test/fixtures/keys.ts'
import { linesOfPem, pkcs8Of, type KeyName } from '../../../core/test/keys.ts'
import { assertNoSecrets } from '../../../core/test/no-secrets.ts'

export const PASSWORD = 'Zwölf Boxkämpfer 🔑'
export const WRONG_PASSWORD = 'wrong password'

const SECRETS = [PASSWORD, WRONG_PASSWORD, ...Object.values(PRIVATE_KEYS).flatMap(linesOfPem)]

/** A key pair that can be exported. */
export function exportable(name: KeyName): Promise<KeyPair> {
  return importPrivateKey(pkcs8Of(name), { exportable: true })
}

/** One that cannot. */
export function sealedIn(name: KeyName): Promise<KeyPair> {
  return importPrivateKey(pkcs8Of(name))
}

/** Asserts that `actual` opens what is sealed for `expected`. */
export async function expectOpens(expected: KeyPair, actual: KeyPair | undefined): Promise<void> {
  const envelope = await seal(new TextEncoder().encode('{"a":1}'), expected.publicKey)
  const { plaintext } = await open(envelope, actual!)
  expect(new TextDecoder().decode(plaintext)).toBe('{"a":1}')
}

/** Asserts that nobody gets the private key out. */
export async function expectNotExportable({ privateKey, publicKey }: KeyPair): Promise<void> {
  expect(privateKey.extractable).toBe(false)
  for (const format of ['pkcs8', 'jwk'] as const) {
    const outcome = await crypto.subtle.exportKey(format, privateKey).then(
      () => 'exported',
      () => 'rejected', // engines disagree on the error's name
    )
    expect(outcome).toBe('rejected')
  }
  await expect(exportPrivateKey({ privateKey, publicKey })).rejects.toMatchObject({
    code: 'validation_failed',
  })
}

/** What a promise rejects with, which shows neither a password nor a private key. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => expect.fail('it did not fail'),
    (reason: unknown) => reason,
  )
  assertNoSecrets(error, SECRETS)
  return error
}

/** Asserts that a promise rejects with a KeyStoreError of this code, whose message holds all `words`. */
export async function expectCode(
  promise: Promise<unknown>,
  code: string,
  ...words: readonly string[]
): Promise<void> {
  const error = await failureOf(promise)
  expect(KeyStoreError.isInstance(error), String(error)).toBe(true)
  expect(error).toMatchObject({ code })
  for (const word of words) expect((error as Error).message).toContain(word)
}
