/** Files of OpenSSL, Python and ssh-keygen, and ours in their hands. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { encodePem } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { describe, expect, test } from 'vitest'
import { testKeyBase64, testKeyPair, testRecord } from './support/keys.ts'
import { newPlace, placeWith } from './support/places.ts'
import { needsOpenssl, needsPython, needsSshKeygen, openssl, python } from './support/programs.ts'

const PASSWORDS = ['plain', 'Grüße, 東京, 🔑']
const plainPem = (): string => encodePem('PRIVATE KEY', Buffer.from(testKeyBase64('first'), 'base64'))
const quiet = { onWarning: () => undefined }

async function expectLoads(pem: Uint8Array, password?: string): Promise<void> {
  const { dir, path } = placeWith(pem)
  const store = pemKeyStore({ dir, ...quiet, ...(password === undefined ? {} : { password }) })
  const record = await store.load('current')
  expect(record?.keyPair.publicKey.fingerprint).toBe((await testKeyPair('first')).publicKey.fingerprint)
  expect(readFileSync(path).equals(pem)).toBe(true)
}

const LOAD = `
import sys
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
password = sys.argv[2].encode() if len(sys.argv) > 2 else None
key = load_pem_private_key(open(sys.argv[1] + '/private_key.pem', 'rb').read(), password)
public = load_pem_public_key(open(sys.argv[1] + '/public_key.pem', 'rb').read())
assert key.public_key().public_numbers() == public.public_numbers()
print(key.key_size)
`

describe('what we write', () => {
  test.for([undefined, ...PASSWORDS])(
    'is accepted by openssl pkey -check, password %s',
    async (password, context) => {
      needsOpenssl(context)
      const dir = newPlace()
      const store = pemKeyStore({ dir, ...quiet, ...(password === undefined ? {} : { password }) })
      await store.save('current', await testRecord('first'))
      const given = password === undefined ? [] : ['-passin', `pass:${password}`]
      const said = openssl('pkey', '-in', join(dir, 'private_key.pem'), ...given, '-noout', '-check')
      expect(said.toString()).toContain('Key is valid')
    },
  )

  test('is loaded by Python’s cryptography', async (context) => {
    needsPython(context)
    for (const password of [undefined, ...PASSWORDS]) {
      const dir = newPlace()
      const store = pemKeyStore({ dir, ...quiet, ...(password === undefined ? {} : { password }) })
      await store.save('current', await testRecord('first'))
      expect(Number(python(LOAD, dir, ...(password === undefined ? [] : [password])))).toBeGreaterThanOrEqual(
        2048,
      )
    }
  })
})

describe('what OpenSSL writes', () => {
  test.for<readonly [string, readonly string[]]>([
    ['PBES2 with SHA-1', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA1']],
    ['PBES2 with SHA-256', ['pkcs8', '-topk8', '-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA256']],
    ['PBES2 with SHA-512', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512']],
    ['PBES2 with 3DES', ['pkcs8', '-topk8', '-v2', 'des3']],
    ['scrypt', ['pkcs8', '-topk8', '-scrypt']],
    ['traditional PKCS#1 with AES', ['rsa', '-traditional', '-aes256']],
    ['traditional PKCS#1 with 3DES', ['rsa', '-traditional', '-des3']],
  ])('%s', async ([, parameters], context) => {
    needsOpenssl(context)
    const { path } = placeWith(plainPem())
    for (const password of PASSWORDS) {
      await expectLoads(openssl(...parameters, '-in', path, '-passout', `pass:${password}`), password)
    }
  })

  test.for<readonly [string, readonly string[]]>([
    ['PKCS#8', ['pkcs8', '-topk8', '-nocrypt']],
    ['traditional PKCS#1', ['rsa', '-traditional']],
  ])('%s without a password', async ([, parameters], context) => {
    needsOpenssl(context)
    const { path } = placeWith(plainPem())
    await expectLoads(openssl(...parameters, '-in', path))
  })
})

test('what ssh-keygen -m PKCS8 writes', async (context) => {
  needsSshKeygen(context)
  const path = join(dirname(newPlace()), 'id')
  mkdirSync(dirname(path), { recursive: true })
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8', '-N', 'secret', '-f', path])
  const { dir } = placeWith(readFileSync(path))
  expect(await pemKeyStore({ dir, password: 'secret', ...quiet }).load('current')).toBeDefined()
})

const WRITE = `
import sys
from cryptography.hazmat.primitives.serialization import *
key = load_pem_private_key(sys.argv[2].encode(), None)
password = sys.argv[4].encode() if len(sys.argv) > 4 else None
encryption = BestAvailableEncryption(password) if password else NoEncryption()
open(sys.argv[1] + '/private_key.pem', 'wb').write(
    key.private_bytes(Encoding.PEM, getattr(PrivateFormat, sys.argv[3]), encryption))
open(sys.argv[1] + '/public_key.pem', 'wb').write(
    key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
`

test.for<readonly [string, string | undefined]>([
  ['PKCS8', undefined],
  ['PKCS8', 'plain'],
  ['PKCS8', 'Grüße, 東京, 🔑'],
  ['TraditionalOpenSSL', undefined],
  ['TraditionalOpenSSL', 'plain'],
])(
  'a directory of the Python client, %s, password %s, works unchanged',
  async ([format, password], context) => {
    needsPython(context)
    const { dir, path } = placeWith('')
    python(WRITE, dir, plainPem(), format, ...(password === undefined ? [] : [password]))
    const files = ['private_key.pem', 'public_key.pem']
    const before = files.map((file) => readFileSync(join(dir, file)))
    const store = pemKeyStore({ dir, ...quiet, ...(password === undefined ? {} : { password }) })
    const record = await store.load('current')
    expect(record?.keyPair.publicKey.fingerprint).toBe((await testKeyPair('first')).publicKey.fingerprint)
    files.forEach((file, i) => expect(readFileSync(join(dir, file)).equals(before[i]!), file).toBe(true))
    expect(readdirSync(dir).sort()).toEqual(['private_key.json', ...files])
    expect(path).toContain(dir)
    writeFileSync(join(dir, 'note'), '') // other files of theirs are none of ours
    expect(await store.list()).toEqual(['current'])
  },
)
