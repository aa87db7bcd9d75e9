/** Encrypted keys between us, OpenSSL, Python's cryptography and node:crypto: what one writes, the others read. */
import { spawnSync } from 'node:child_process'
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importPrivateKey } from '@nomyo/core'
import { exportPrivateKeyPem, importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FINGERPRINTS, PRIVATE_KEYS } from './fixtures/keys.js'
import { pkcs8Of } from './keys.js'
import { expectOpaque, failureOf } from './pkcs8-forge.js'
import { findPython, NO_PYTHON } from './python.js'

const PLAIN = PRIVATE_KEYS.rsa2048
const PASSWORDS: [string, string][] = [
  ['ASCII', 'correct horse battery staple'],
  ['beyond ASCII', 'Grüße, 東京, 🔑'],
  ['1,023 bytes', 'ä'.repeat(511) + 'x'],
]

let directory = ''
/** Our PEM for each password. */
const ours = new Map<string, string>()

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nomyo-pkcs8-'))
  const pair = await importPrivateKey(pkcs8Of('rsa2048'), { exportable: true })
  for (const [, password] of PASSWORDS) ours.set(password, await exportPrivateKeyPem(pair, { password }))
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

function fileOf(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

function run(command: string, args: readonly string[], input = ''): { status: number | null; text: string } {
  const { status, stdout } = spawnSync(command, args, { input, encoding: 'utf8' })
  return { status, text: stdout }
}

async function expectOurKey(pem: string, password: string, iterations: number): Promise<void> {
  const imported = await importPrivateKeyPem(pem, { password, exportable: true })
  expect(imported.keyPair.publicKey.fingerprint).toBe(FINGERPRINTS.rsa2048)
  expect(imported.iterations).toBe(iterations)
  expect(await exportPrivateKeyPem(imported.keyPair)).toBe(PLAIN)
}

describe('openssl', () => {
  const hasOpenSSL = spawnSync('openssl', ['version']).status === 0

  beforeEach((context) => {
    if (!hasOpenSSL) context.skip('openssl is not installed')
  })

  /** The test key as `openssl pkcs8 -topk8` encrypts it. */
  function encrypt(password: string, ...args: string[]): string {
    const passout = `file:${fileOf('password', password)}`
    const { status, text } = run('openssl', ['pkcs8', '-topk8', '-passout', passout, ...args], PLAIN)
    expect(status).toBe(0)
    return text
  }

  it.each(PASSWORDS)('reads ours, and finds the key valid (%s)', (_, password) => {
    const passin = ['-passin', `file:${fileOf('password', password)}`]
    expect(run('openssl', ['pkey', ...passin], ours.get(password))).toEqual({ status: 0, text: PLAIN })
    const check = run('openssl', ['pkey', '-check', '-noout', ...passin], ours.get(password))
    expect(check.text).toContain('Key is valid')
  })

  it('does not read ours with another password', () => {
    const pem = ours.get(PASSWORDS[0]![1])
    expect(run('openssl', ['pkey', '-noout', '-passin', 'pass:another'], pem).status).not.toBe(0)
  })

  it('sees in ours the parameters that are promised, and nothing else', () => {
    const { text } = run('openssl', ['asn1parse'], ours.get(PASSWORDS[0]![1]))
    const values = text
      .trim()
      .split('\n')
      .map((line) => line.replace(/^.*(cons|prim): */, '').replace(/ +/g, ' '))
      .map((value) =>
        value
          .replace(/\[HEX DUMP\]:[0-9A-F]{32}$/, '16 bytes')
          .replace(/ *:/, ' ')
          .trim(),
      )
    expect(values).toEqual([
      'SEQUENCE',
      'SEQUENCE',
      'OBJECT PBES2',
      'SEQUENCE',
      'SEQUENCE',
      'OBJECT PBKDF2',
      'SEQUENCE',
      'OCTET STRING 16 bytes',
      'INTEGER 0927C0',
      'SEQUENCE',
      'OBJECT hmacWithSHA256',
      'NULL',
      'SEQUENCE',
      'OBJECT aes-256-cbc',
      'OCTET STRING 16 bytes',
      expect.stringMatching(/^OCTET STRING \[HEX DUMP\]/) as string,
    ])
  })

  const schemes = ['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA384', 'hmacWithSHA512'].flatMap((prf) =>
    ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'].map((cipher) => [prf, cipher] as const),
  )
  it.each(schemes)('writes what we read: %s, %s', async (prf, cipher) => {
    await expectOurKey(encrypt('secret', '-v2', cipher, '-v2prf', prf), 'secret', 2048)
  })

  it.each(PASSWORDS)('writes what we read: a password, %s', async (_, password) => {
    await expectOurKey(encrypt(password), password, 2048)
    expectOpaque(await failureOf(importPrivateKeyPem(encrypt(password), { password: `${password}.` })))
  })

  it('writes what we read: 600,000 iterations, and 1', async () => {
    await expectOurKey(encrypt('secret', '-iter', '600000'), 'secret', 600_000)
    await expectOurKey(encrypt('secret', '-iter', '1'), 'secret', 1)
  })

  it.each([
    ['scrypt', ['-scrypt', '-scrypt_N', '1024'], 'its key derivation, scrypt, is not supported here'],
    ['3DES', ['-v2', 'des3'], 'its cipher, 3DES, is not supported here'],
    ['PKCS#12', ['-v1', 'PBE-SHA1-3DES'], 'PKCS#12 encryption with 3DES, is not supported here'],
  ])('writes what we refuse: %s', async (_, args, reason) => {
    const error = await failureOf(importPrivateKeyPem(encrypt('secret', ...args), { password: 'secret' }))
    expect(error).toMatchObject({ name: 'KeyStoreError', code: 'unreadable' })
    expect((error as Error).message).toContain(reason)
  })
})

describe('cryptography, of Python', () => {
  const READ = `
import sys
from cryptography.hazmat.primitives import serialization as s
password = open(sys.argv[1], 'rb').read()
key = s.load_pem_private_key(sys.stdin.buffer.read(), password or None)
write = s.BestAvailableEncryption(password) if sys.argv[2] == 'encrypt' else s.NoEncryption()
sys.stdout.buffer.write(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, write))
`
  beforeEach((context) => {
    if (findPython() === undefined) context.skip(NO_PYTHON)
  })

  it.each(PASSWORDS)('reads ours, and writes what we read (%s)', async (_, password) => {
    const file = fileOf('password', password)
    const read = run(findPython()!, ['-c', READ, file, 'plain'], ours.get(password))
    expect(read).toEqual({ status: 0, text: PLAIN })
    const written = run(findPython()!, ['-c', READ, file, 'encrypt'], ours.get(password))
    const { keyPair, iterations } = await importPrivateKeyPem(written.text, { password })
    expect(keyPair.publicKey.fingerprint).toBe(FINGERPRINTS.rsa2048)
    expect(iterations).toBeGreaterThan(0)
  })

  it('does not read ours with another password', () => {
    const args = ['-c', READ, fileOf('password', 'another'), 'plain']
    expect(run(findPython()!, args, ours.get(PASSWORDS[0]![1])).status).not.toBe(0)
  })
})

describe('node:crypto', () => {
  /** The test key, encrypted by Node. */
  function encrypt(key: KeyObject, cipher: string, passphrase: string): string {
    return key.export({ type: 'pkcs8', format: 'pem', cipher, passphrase }).toString()
  }

  it.each(PASSWORDS)('reads ours, and writes what we read (%s)', async (_, passphrase) => {
    const key = createPrivateKey({ key: ours.get(passphrase)!, passphrase })
    expect(key.export({ type: 'pkcs8', format: 'pem' })).toBe(PLAIN)
    for (const cipher of ['aes-128-cbc', 'aes-256-cbc']) {
      await expectOurKey(encrypt(key, cipher, passphrase), passphrase, 2048)
    }
  })
})
