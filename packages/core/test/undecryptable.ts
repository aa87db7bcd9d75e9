/** What it means that an envelope is refused: one error, the same to the last field for every cause. */
import { open, parsePlaintext, SecurityError } from '@nomyo/core'
import type { EnvelopeKind, JsonObject, KeyPair } from '@nomyo/core'
import { expect } from 'vitest'
import { assertNoSecrets } from './no-secrets.js'

export const MESSAGE =
  'The envelope could not be opened: it is malformed, of another version, altered on the way, ' +
  'or not sealed to this key.'

/** Everything about an error but where it was made. */
export function faceOf(error: unknown): object {
  if (!(error instanceof Error)) return { notAnError: String(error) }
  const keys = Reflect.ownKeys(error)
  const values = keys.filter((key) => key !== 'stack').map((key) => [key, Reflect.get(error, key) as unknown])
  return {
    prototype: Object.getPrototypeOf(error) === SecurityError.prototype,
    name: error.name,
    text: String(error),
    keys: keys.map(String).sort(),
    values,
    // Chromium makes `message`, which is compared already, enumerable in an error that goes through a stream.
    json: JSON.stringify({ ...error, message: undefined }),
    cause: 'cause' in error,
  }
}

const reference = faceOf(new SecurityError('decryption_failed', MESSAGE))

/** Asserts that `error` is the one opaque error and shows none of `secrets`. */
export function expectUndecryptable(error: unknown, secrets: readonly string[] = []): void {
  expect(error).toBeInstanceOf(SecurityError)
  expect(faceOf(error)).toEqual(reference)
  assertNoSecrets(error, secrets)
}

/** The same of many errors, in less time. */
export function expectAllUndecryptable(errors: readonly unknown[], secrets: readonly string[] = []): void {
  const faces = new Map(errors.map((error) => [JSON.stringify(faceOf(error)), error]))
  for (const error of faces.values()) expectUndecryptable(error, secrets)
  for (const error of errors) assertNoSecrets(error, secrets)
}

/** Asserts that nothing comes out of `envelope`, neither from opening it nor from reading what it held. */
export async function expectRefused(
  envelope: Uint8Array,
  recipient: KeyPair,
  kind: EnvelopeKind,
  secrets: readonly string[] = [],
): Promise<void> {
  const outcome = await openAndParse(envelope, recipient, kind).then(
    () => 'it opened',
    (error: unknown) => error,
  )
  expectUndecryptable(outcome, secrets)
}

/** The object that an envelope holds. */
export async function openAndParse(
  envelope: Uint8Array,
  recipient: KeyPair,
  kind: EnvelopeKind,
): Promise<JsonObject> {
  const { plaintext } = await open(envelope, recipient, { kind })
  return parsePlaintext(plaintext)
}
