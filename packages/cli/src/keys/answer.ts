/** What commands say at their end. */
import type { PemKeyStore } from '@nomyo/keystore-pem'
import { printJson, printLines } from '../terminal/output.js'
import { describeKey, linesOf } from './description.js'
import type { KeyCommand } from './key-command.js'

/** What is said while a key is generated. */
export const GENERATING = 'Generating an RSA-4096 key, which takes up to ten seconds'

/** Prints a value for a program, or lines for a person. */
export async function answer(
  { json }: Pick<KeyCommand, 'json'>,
  value: object,
  lines: readonly string[],
): Promise<void> {
  await (json ? printJson(value) : printLines(lines))
}

/** Prints what can be said of a stored key. */
export async function printKey(command: KeyCommand, store: PemKeyStore, name: string): Promise<void> {
  const key = await describeKey(command, store, name)
  await answer(command, key, linesOf(key))
}
