/** Key directories as they are found, and what others say of the keys in them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext } from 'vitest'
import type { Command } from './command.ts'
import { emptyDirectory } from './key-directory.ts'

/** Used wherever a password is needed; never to be seen. */
export const PASSWORD = 'correct horse Batterie Ä 世界 🔐'
/** Another one. */
export const OTHER_PASSWORD = 'sésame, ouvre-toi! 2'

const keys = new Map<string, string>()

/** An RSA-2048 private key, PKCS#8 PEM in clear; the same for the same name. */
export function privateKeyPem(name = 'first'): string {
  const pem = keys.get(name) ?? newKey()
  keys.set(name, pem)
  return pem
}

/** The same key under a password with so many iterations of PBKDF2, as openssl writes it. */
export function encryptedPem(password: string, iterations = 600_000, name = 'first'): string {
  const args = [
    'pkcs8',
    '-topk8',
    '-v2',
    'aes-256-cbc',
    '-v2prf',
    'hmacWithSHA256',
    '-iter',
    String(iterations),
  ]
  return openssl([...args, '-passout', 'env:P'], { P: password }, privateKeyPem(name))
}

/** `sha256/…` of the public half of a PEM, by Node. */
export function fingerprintOfPem(pem: string): string {
  const key = pem.includes('PRIVATE') ? createPublicKey(createPrivateKey(pem)) : createPublicKey(pem)
  return `sha256/${createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64')}`
}

/** A working directory whose `client_keys` holds that private key and its public key, and nothing else. */
export function directoryOf(pem: string, publicPem = publicPemOf(privateKeyPem())): string {
  const cwd = emptyDirectory()
  mkdirSync(join(cwd, 'client_keys'), { mode: 0o700 })
  writeFileSync(privateKeyIn(cwd), pem, { mode: 0o600 })
  writeFileSync(join(cwd, 'client_keys', 'public_key.pem'), publicPem)
  return cwd
}

/** The SPKI PEM of a private key in clear. */
export function publicPemOf(pem: string): string {
  return createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }).toString()
}

/** Where the private key of a working directory is. */
export function privateKeyIn(cwd: string, file = 'private_key.pem'): string {
  return join(cwd, 'client_keys', file)
}

/** The bytes of all of a key directory's files, by name, to see that nothing was changed. */
export function contentOf(cwd: string): Readonly<Record<string, string>> {
  const files = ['private_key.pem', 'public_key.pem', 'previous_private_key.pem', 'previous_public_key.pem']
  const there = files.filter((file) => existsSync(privateKeyIn(cwd, file)))
  return Object.fromEntries(there.map((file) => [file, readFileSync(privateKeyIn(cwd, file), 'hex')]))
}

/** Runs the real openssl. Throws with what it says if it fails. */
export function openssl(args: readonly string[], env: Record<string, string> = {}, input = ''): string {
  return execFileSync('openssl', args, { env: { ...process.env, ...env }, input, stdio: 'pipe' }).toString()
}

/** Skips the test, with the reason, if openssl is missing. */
export function skipWithoutOpenssl({ skip }: TestContext): void {
  if (spawnSync('openssl', ['version']).status !== 0) skip('openssl is not installed')
}

/** The one JSON object on standard output; fails if there is anything else. */
export async function jsonOf<T = Record<string, unknown>>(command: Command, code = 0): Promise<T> {
  expect((await command.ended).code, command.output).toBe(code)
  expect(command.stdout).toMatch(/^\{.*\}\n$/)
  return JSON.parse(command.stdout) as T
}

/** Expects one line on standard error that says what is wrong, that exit code, and nothing on standard output. */
export async function expectFailure(command: Command, code: number, words: RegExp): Promise<void> {
  expect((await command.ended).code, command.output).toBe(code)
  const lines = command.stderr.split('\n').filter((line) => line.startsWith('nomyo: '))
  expect(lines, command.output).toHaveLength(1)
  expect(lines[0]).toMatch(words)
  expect(command.output).not.toMatch(/^\s+at /m)
  expect(command.stdout).toBe('')
}

/** Expects that no password was printed. */
export function expectNoPassword(...commands: readonly { readonly output: string }[]): void {
  for (const { output } of commands) {
    for (const password of [PASSWORD, OTHER_PASSWORD]) expect(output).not.toContain(password)
    expect(output).not.toMatch(/hunter2/)
  }
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
