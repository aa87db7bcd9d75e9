/** What is read, and what is refused without a byte of it being changed. */
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { encodePem, ValidationError } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { afterEach, describe, expect, test, vi, type TestContext } from 'vitest'
import { testKeyBase64, testKeyPair, testRecord } from './support/keys.ts'
import { modeOf, newPlace, placeWith, refusal } from './support/places.ts'

afterEach(() => void vi.restoreAllMocks())

async function savedPlace(): Promise<string> {
  const dir = newPlace()
  await pemKeyStore({ dir }).save('current', await testRecord('first', 1))
  return dir
}

/** Expects that a private key file is refused, stays as it is, is listed, and is not replaced. */
async function expectRefused(dir: string, path: string): Promise<string> {
  const [before, { mtimeMs, ino }] = [readFileSync(path), statSync(path)]
  const store = pemKeyStore({ dir })
  const message = await refusal(store.load('current'), 'unreadable', path)
  await refusal(store.save('current', await testRecord('second')), 'exists', path)
  expect(await store.list()).toEqual(['current'])
  expect(readFileSync(path).equals(before)).toBe(true)
  expect(statSync(path)).toMatchObject({ mtimeMs, ino })
  for (const line of before.toString('latin1').split('\n')) {
    if (line.length >= 16) expect(message).not.toContain(line)
  }
  return message
}

function der(name: 'first' | 'second'): Buffer {
  return Buffer.from(testKeyBase64(name), 'base64')
}

describe('permissions', () => {
  test.each([0o644, 0o640, 0o604, 0o620, 0o601])(
    'a private key with mode %o (0644 and the like) is refused, and the message mends it',
    async (mode) => {
      const dir = join(newPlace(), "it's here")
      await pemKeyStore({ dir }).save('current', await testRecord('first'))
      const path = join(dir, 'private_key.pem')
      chmodSync(path, mode)
      const message = await refusal(pemKeyStore({ dir }).load('current'), 'insecure_permissions', path)
      const command = /chmod .*$/.exec(message)![0]
      execFileSync('sh', ['-c', command])
      expect(modeOf(path)).toBe('0600')
      expect(await pemKeyStore({ dir }).load('current')).toBeDefined()
    },
  )

  test('mode 0400 is fine', async () => {
    const dir = await savedPlace()
    chmodSync(join(dir, 'private_key.pem'), 0o400)
    expect(await pemKeyStore({ dir }).load('current')).toBeDefined()
  })
})

describe('the owner', () => {
  const STRANGER = 65_534
  const needsRoot = ({ skip }: TestContext): void => {
    if (process.geteuid?.() !== 0) skip('only root can give a file to another user')
  }

  test('a private key of another user is refused, and the message mends it', async (context) => {
    needsRoot(context)
    const dir = await savedPlace()
    const path = join(dir, 'private_key.pem')
    chownSync(path, STRANGER, STRANGER)
    const message = await refusal(pemKeyStore({ dir }).load('current'), 'insecure_permissions', path)
    expect(message).toContain(String(STRANGER))
    execFileSync('sh', ['-c', /chown .*$/.exec(message)![0]])
    expect(statSync(path).uid).toBe(0)
    expect(await pemKeyStore({ dir }).load('current')).toBeDefined()
  })

  test('a private key of root is read by others that can', async (context) => {
    needsRoot(context)
    const dir = await savedPlace()
    chownSync(join(dir, 'private_key.pem'), 0, STRANGER)
    expect(await pemKeyStore({ dir }).load('current')).toBeDefined()
  })
})

describe('what is no regular file is refused', () => {
  test.each(['private_key.pem', 'public_key.pem', 'private_key.json'])(
    '%s as a symbolic link',
    async (file) => {
      const dir = await savedPlace()
      const path = join(dir, file)
      renameSync(path, join(dir, 'moved'))
      symlinkSync('moved', path)
      expect(await refusal(pemKeyStore({ dir }).load('current'), 'unreadable', path)).toContain(
        'symbolic link',
      )
    },
  )

  test.each(['private_key.pem', 'public_key.pem', 'private_key.json'])(
    '%s as a dangling link',
    async (file) => {
      const dir = await savedPlace()
      const path = join(dir, file)
      rmSync(path)
      symlinkSync('nowhere', path)
      await refusal(pemKeyStore({ dir }).load('current'), 'unreadable', path)
      expect(existsSync(join(dir, 'nowhere'))).toBe(false)
    },
  )

  test.each(['private_key.pem', 'public_key.pem', 'private_key.json'])(
    '%s as a FIFO',
    async (file) => {
      const dir = await savedPlace()
      const path = join(dir, file)
      rmSync(path)
      execFileSync('mkfifo', ['-m', '600', path])
      await refusal(pemKeyStore({ dir }).load('current'), 'unreadable', path)
    },
    5000,
  )

  test.each(['private_key.pem', 'public_key.pem', 'private_key.json'])('%s as a directory', async (file) => {
    const dir = await savedPlace()
    const path = join(dir, file)
    rmSync(path)
    mkdirSync(path, { mode: 0o700 })
    await refusal(pemKeyStore({ dir }).load('current'), 'unreadable', path)
    expect(statSync(path).isDirectory()).toBe(true)
  })
})

describe('a corrupt or empty PEM is refused, and not overwritten', () => {
  const pem = (): string => encodePem('PRIVATE KEY', der('first'))
  const rsa = (modulusLength: number): string =>
    generateKeyPairSync('rsa', { modulusLength }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }) as string
  const elliptic = (): string =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }) as string
  /** The numbers of one key under the modulus of another. */
  const mixed = async (): Promise<string> => {
    const [bytes, { publicKey }] = [der('first'), await testKeyPair('first')]
    const modulus = publicKey.spki.subarray(33, 33 + 256)
    bytes.set((await testKeyPair('second')).publicKey.spki.subarray(33, 33 + 256), bytes.indexOf(modulus))
    return encodePem('PRIVATE KEY', bytes)
  }

  test.each<[string, () => string | Uint8Array | Promise<string>, string]>([
    ['empty', () => '', 'empty'],
    ['white space', () => '\n\n', 'damaged'],
    ['zeros', () => new Uint8Array(1700), 'damaged'],
    ['cut short', () => pem().slice(0, 900), 'damaged'],
    ['without its last line', () => pem().split('\n').slice(0, -2).join('\n'), 'damaged'],
    ['a public key', () => encodePem('PUBLIC KEY', der('first')), 'damaged'],
    ['DER', () => der('first'), 'damaged'],
    ['too large', () => pem() + '\n'.repeat(64 * 1024), 'more than 65536 bytes'],
    ['1024 bits', () => rsa(1024), '1024 bits'],
    ['an elliptic curve', elliptic, 'rsaEncryption'],
    ['numbers of two keys', mixed, 'do not belong together'],
  ])('%s', async (_, content, reason) => {
    const { dir, path } = placeWith(await content())
    expect(await expectRefused(dir, path)).toContain(reason)
    expect(existsSync(join(dir, 'public_key.pem'))).toBe(false)
  })
})

describe('public and private disagree', () => {
  test('a public key of another private key is an error that names it', async () => {
    const dir = await savedPlace()
    const path = join(dir, 'public_key.pem')
    const { publicKey } = await testKeyPair('second')
    writeFileSync(path, publicKey.pem)
    await refusal(pemKeyStore({ dir }).load('current'), 'unreadable', path)
    expect(readFileSync(path, 'utf8')).toBe(publicKey.pem)
  })

  test.each(['', 'no PEM', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'])(
    'a public key that is damaged (%j) is an error that names it',
    async (content) => {
      const dir = await savedPlace()
      const path = join(dir, 'public_key.pem')
      writeFileSync(path, content)
      await refusal(pemKeyStore({ dir }).load('current'), 'unreadable', path)
      expect(readFileSync(path, 'utf8')).toBe(content)
    },
  )

  test('a public key that is missing is made again', async () => {
    const dir = await savedPlace()
    const path = join(dir, 'public_key.pem')
    const before = readFileSync(path)
    unlinkSync(path)
    await pemKeyStore({ dir }).load('current')
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(modeOf(path)).toBe('0644')
  })
})

describe('the record', () => {
  test('that is missing is made at first sight, and holds from then on', async () => {
    const { dir } = placeWith(encodePem('PRIVATE KEY', der('first')))
    const before = Date.now()
    const first = await pemKeyStore({ dir }).load('current')
    expect(first!.createdAt).toBeGreaterThanOrEqual(before)
    expect(first!.createdAt).toBeLessThanOrEqual(Date.now())
    vi.spyOn(Date, 'now').mockReturnValue(before + 86_400_000)
    expect((await pemKeyStore({ dir }).load('current'))?.createdAt).toBe(first!.createdAt)
  })

  test('of another key is not believed', async () => {
    const dir = await savedPlace()
    unlinkSync(join(dir, 'public_key.pem'))
    writeFileSync(join(dir, 'private_key.pem'), encodePem('PRIVATE KEY', der('second')))
    const before = Date.now()
    const { createdAt } = (await pemKeyStore({ dir }).load('current'))!
    expect(createdAt).toBeGreaterThanOrEqual(before)
    expect((await pemKeyStore({ dir }).load('current'))?.createdAt).toBe(createdAt)
  })

  test('that is damaged is an error that names it', async () => {
    const dir = await savedPlace()
    const path = join(dir, 'private_key.json')
    truncateSync(path, 20)
    await refusal(pemKeyStore({ dir }).load('current'), 'unreadable', path)
    expect(statSync(path).size).toBe(20)
  })
})

describe('environments', () => {
  test('are apart', async () => {
    const dir = newPlace()
    const [production, staging] = [pemKeyStore({ dir }), pemKeyStore({ dir, environment: 'staging' })]
    await production.save('current', await testRecord('first'))
    expect(await staging.load('current')).toBeUndefined()
    await staging.save('current', await testRecord('second'))
    await staging.set('https://one.example', {
      fingerprints: ['sha256/a'],
      firstSeen: 1,
      highestProtocol: '1.0',
    })
    expect(await production.get('https://one.example')).toBeUndefined()
    expect(modeOf(join(dir, 'staging'))).toBe('0700')
    expect(existsSync(join(dir, 'staging', 'private_key.pem'))).toBe(true)
    await staging.delete('current')
    const explicit = await pemKeyStore({ dir, environment: 'production' }).load('current')
    expect(explicit?.keyPair.publicKey.fingerprint).toBe((await testKeyPair('first')).publicKey.fingerprint)
  })

  test.each(['', '.', '..', '../up', 'a/b', 'a\\b', 'a b', 'a\0', 'ä', 'public_key.pem', 'a\n'])(
    '%j is no name',
    (environment) => {
      expect(() => pemKeyStore({ dir: 'keys', environment })).toThrow(ValidationError)
    },
  )

  test.each(['dev', 'a.b-c_d', '2026', '...x'])('%j is a name', (environment) => {
    expect(pemKeyStore({ dir: 'keys', environment }).needsExportableKeys).toBe(true)
  })

  test.each(['', 'a\0b'])('%j is no directory', (dir) => {
    expect(() => pemKeyStore({ dir })).toThrow(ValidationError)
  })
})
