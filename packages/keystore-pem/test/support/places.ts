/** Temporary directories, and the errors that the store answers with. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyStoreError } from '@nomyo/core'
import { expect, onTestFinished } from 'vitest'

/** A path for a key directory that does not exist yet; removed when the test ends. */
export function newPlace(): string {
  const parent = mkdtempSync(join(tmpdir(), 'nomyo-pem-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'client_keys')
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
  const { message } = error as KeyStoreError
  expect(message).toContain(path)
  return message
}
