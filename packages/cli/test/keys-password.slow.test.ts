/** Where passwords come from, where they must not go, and keys that get one. */
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findPython, NO_PYTHON } from '../../core/test/python.ts'
import { runToEnd, skipUnlessBuilt, stopAll } from './support/command.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'
import {
  contentOf,
  directoryOf,
  encryptedPem,
  expectFailure,
  expectNoPassword,
  fingerprintOfPem,
  jsonOf,
  openssl,
  OTHER_PASSWORD,
  PASSWORD,
  privateKeyIn,
  privateKeyPem,
  skipWithoutOpenssl,
} from './support/stored-keys.ts'

const KEY = { NOMYO_KEY_PASSWORD: PASSWORD }
const EXPORT = ['keys', 'export', '--no-password', '--json']

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutOpenssl(context)
})
afterEach(stopAll)
afterAll(removeDirectories)

/** What openssl says of the stored key under a password: that it is valid, or nothing. */
function checked(cwd: string, password: string, file?: string): string {
  return openssl(['pkey', '-in', privateKeyIn(cwd, file), '-passin', 'env:P', '-noout', '-check'], {
    P: password,
  })
}

describe('the password of the stored key', () => {
  test.for([PASSWORD, `${PASSWORD}\n`, `${PASSWORD}\r\n`])('from a descriptor: %j', async (content) => {
    const cwd = directoryOf(encryptedPem(PASSWORD))
    const command = await runToEnd([...EXPORT, '--password-fd', '3'], { cwd, descriptors: [content] })
    expect(await jsonOf(command)).toMatchObject({ fingerprint: fingerprintOfPem(privateKeyPem()) })
    expectNoPassword(command)
  })

  test('exactly one line break is taken away', async () => {
    const cwd = directoryOf(encryptedPem(`${PASSWORD}\n`))
    const args = [...EXPORT, '--password-fd', '3']
    await jsonOf(await runToEnd(args, { cwd, descriptors: [`${PASSWORD}\n\n`] }))
    await jsonOf(await runToEnd(args, { cwd, descriptors: [`${PASSWORD}\n`] }), 1)
  })

  test('from standard input, and the descriptor goes before the variable', async () => {
    const cwd = directoryOf(encryptedPem(PASSWORD))
    const env = { NOMYO_KEY_PASSWORD: 'wrong' }
    const command = await runToEnd([...EXPORT, '--password-fd', '0'], { cwd, env, input: `${PASSWORD}\n` })
    expect(await jsonOf(command)).toMatchObject({ kind: 'private' })
  })

  test.for([
    ['3', [''], /empty/],
    ['3', ['\n'], /empty/],
    ['3', [Buffer.from([0xff, 0xfe, 0x41])], /UTF-8/],
    ['3', ['x'.repeat(5000)], /4096/],
    ['99', [], /--password-fd/],
    ['-1', [], /--password-fd/],
    ['3.5', [], /--password-fd/],
  ] as const)('from descriptor %s with %j is wrong usage', async ([descriptor, descriptors, words]) => {
    const cwd = directoryOf(encryptedPem(PASSWORD))
    const command = await runToEnd(['keys', 'rotate', `--password-fd=${descriptor}`], { cwd, descriptors })
    await expectFailure(command, 2, words)
  })

  test('an empty variable is wrong usage', async () => {
    const cwd = directoryOf(encryptedPem(PASSWORD))
    const command = await runToEnd(['keys', 'rotate'], { cwd, env: { NOMYO_KEY_PASSWORD: '' } })
    await expectFailure(command, 2, /NOMYO_KEY_PASSWORD.*empty/)
  })

  test('--no-password beside a password is wrong usage', async () => {
    const cwd = emptyDirectory()
    await expectFailure(
      await runToEnd(['keys', 'generate', '--no-password'], { cwd, env: KEY }),
      2,
      /--no-password/,
    )
  })

  test.for(['rotate', 'export', 'encrypt', 'import'])('keys %s without it is locked', async (name) => {
    const cwd = directoryOf(encryptedPem(PASSWORD))
    const file = join(cwd, 'client_keys', 'private_key.pem')
    const more = name === 'import' ? [file, '--key-dir', 'other'] : []
    const before = contentOf(cwd)
    const { error } = await jsonOf<{ error: { code: string; message: string } }>(
      await runToEnd(['keys', name, ...more, '--json'], { cwd }),
      1,
    )
    expect(error.code).toBe('locked')
    expect(error.message).toMatch(name === 'import' ? /NOMYO_IMPORT_PASSWORD/ : /NOMYO_KEY_PASSWORD/)
    expect(contentOf(cwd)).toEqual(before)
  })

  test.for(['rotate', 'export', 'encrypt'])(
    'wrong password: keys %s fails, file unchanged to the byte',
    async (name) => {
      const cwd = directoryOf(encryptedPem(PASSWORD))
      const before = contentOf(cwd)
      const env = { NOMYO_KEY_PASSWORD: OTHER_PASSWORD, NOMYO_EXPORT_PASSWORD: 'x' }
      const command = await runToEnd(['keys', name, '--json'], { cwd, env })
      const { error } = await jsonOf<{ error: object }>(command, 1)
      expect(error).toMatchObject({ name: 'SecurityError', code: 'decryption_failed' })
      expect(contentOf(cwd)).toEqual(before)
      expectNoPassword(command)
    },
  )
})

describe('encrypt', () => {
  const fingerprint = fingerprintOfPem(privateKeyPem())

  test('a key in clear gets a password', async () => {
    const cwd = directoryOf(privateKeyPem())
    await expectFailure(await runToEnd(['keys', 'encrypt'], { cwd }), 2, /NOMYO_NEW_KEY_PASSWORD/)
    const command = await runToEnd(['keys', 'encrypt', '--json'], { cwd, env: KEY })
    const { keys } = await jsonOf<{ keys: readonly object[] }>(command)
    expect(keys).toEqual([
      expect.objectContaining({ fingerprint, encryption: 'password', iterations: 600_000 }),
    ])
    expect(command.stderr).not.toMatch(/Warning/)
    expect(checked(cwd, PASSWORD)).toMatch(/valid/)
    expect(statSync(privateKeyIn(cwd)).mode & 0o777).toBe(0o600)
    expectNoPassword(command)
  })

  test('few iterations become many, under the same password', async () => {
    const cwd = directoryOf(encryptedPem(PASSWORD, 2048))
    const shown = await runToEnd(['keys', 'show'], { cwd })
    expect(shown.stdout).toMatch(/encryption +weak, 2,048 iterations/)
    expect(shown.stderr).toMatch(/nomyo keys encrypt/)
    const command = await runToEnd(['keys', 'encrypt'], { cwd, env: KEY })
    expect((await command.ended).code, command.output).toBe(0)
    expect(command.stdout).toMatch(/encryption +password, 600,000 iterations/)
    expect(checked(cwd, PASSWORD)).toMatch(/valid/)
  })

  test('a new password for the current and the previous key, from two descriptors', async () => {
    const cwd = directoryOf(encryptedPem(PASSWORD))
    const env = { ...KEY }
    const file = join(cwd, 'second.pem')
    execFileSync('openssl', ['pkcs8', '-topk8', '-nocrypt', '-out', file], {
      input: privateKeyPem('second'),
      stdio: 'pipe',
    })
    await jsonOf(await runToEnd(['keys', 'import', file, '--replace', '--json'], { cwd, env }))
    const args = ['keys', 'encrypt', '--json', '--password-fd', '3', '--new-password-fd', '4']
    const command = await runToEnd(args, { cwd, descriptors: [PASSWORD, OTHER_PASSWORD] })
    const { keys } = await jsonOf<{ keys: readonly object[] }>(command)
    expect(keys).toHaveLength(2)
    expect(checked(cwd, OTHER_PASSWORD)).toMatch(/valid/)
    expect(checked(cwd, OTHER_PASSWORD, 'previous_private_key.pem')).toMatch(/valid/)
    expectNoPassword(command)
  })

  test('a run that was interrupted can be repeated: one key has the new password, the other the old one', async () => {
    const cwd = directoryOf(encryptedPem(OTHER_PASSWORD))
    const previous = encryptedPem(PASSWORD, 600_000, 'second')
    writeFileSync(privateKeyIn(cwd, 'previous_private_key.pem'), previous, { mode: 0o600 })
    const env = { ...KEY, NOMYO_NEW_KEY_PASSWORD: OTHER_PASSWORD }
    const wrong = await runToEnd(['keys', 'encrypt', '--json'], { cwd, env: KEY })
    const before = contentOf(cwd)
    await jsonOf(wrong, 1)
    expect(contentOf(cwd)).toEqual(before)
    await jsonOf(await runToEnd(['keys', 'encrypt', '--json'], { cwd, env }))
    for (const file of ['private_key.pem', 'previous_private_key.pem']) {
      expect(checked(cwd, OTHER_PASSWORD, file)).toMatch(/valid/)
    }
  })

  test('the age of a key stays', async () => {
    const cwd = directoryOf(privateKeyPem())
    const createdAt = Date.now() - 5_000_000_000
    writeFileSync(join(cwd, 'client_keys', 'private_key.json'), JSON.stringify({ fingerprint, createdAt }))
    await jsonOf(await runToEnd(['keys', 'encrypt', '--json'], { cwd, env: KEY }))
    const shown = await jsonOf(await runToEnd(['keys', 'show', '--json'], { cwd }))
    expect(shown).toMatchObject({ createdAt: new Date(createdAt).toISOString(), encryption: 'password' })
  })
})

test('a directory of the Python client is shown, encrypted, and read by Python again', async (context) => {
  const python = findPython() ?? context.skip(NO_PYTHON)
  const cwd = emptyDirectory()
  const write = `
import os
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
os.makedirs("client_keys", mode=0o755)
with open("client_keys/private_key.pem", "wb") as f:
    f.write(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
os.chmod("client_keys/private_key.pem", 0o600)
with open("client_keys/public_key.pem", "wb") as f:
    f.write(key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))
`
  execFileSync(python, ['-c', write], { cwd })
  const publicPem = readFileSync(join(cwd, 'client_keys', 'public_key.pem'), 'utf8')
  const shown = await jsonOf(await runToEnd(['keys', 'show', '--json'], { cwd }))
  expect(shown).toMatchObject({
    fingerprint: fingerprintOfPem(publicPem),
    encryption: 'none',
    createdAt: null,
  })

  await jsonOf(await runToEnd(['keys', 'encrypt', '--json'], { cwd, env: KEY }))
  const read = `
import os, sys
from cryptography.hazmat.primitives import serialization as s
with open("client_keys/private_key.pem", "rb") as f:
    key = s.load_pem_private_key(f.read(), os.environ["P"].encode())
sys.stdout.write(key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode())
`
  const env = { ...process.env, P: PASSWORD, PYTHONUTF8: '1' }
  expect(execFileSync(python, ['-c', read], { cwd, env }).toString()).toBe(publicPem)
})
