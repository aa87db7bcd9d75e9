/** What is written, with which permissions, and what stays if the process dies. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { generateKeyPair, importPrivateKey, ValidationError, type SaveOptions } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildChild, type ChildProgram } from './support/child.ts'
import { testKeyBase64, testKeyPair, testRecord, type TestKeyName } from './support/keys.ts'
import { modeOf, newPlace, refusal } from './support/places.ts'

const FILES = ['private_key.json', 'private_key.pem', 'public_key.pem']

let child: ChildProgram
beforeAll(async () => {
  child = await buildChild()
})
afterAll(() => child.remove())

async function expectKey(dir: string, name: TestKeyName): Promise<void> {
  const record = await pemKeyStore({ dir }).load('current')
  expect(record?.keyPair.publicKey.fingerprint).toBe((await testKeyPair(name)).publicKey.fingerprint)
}

describe('permissions', () => {
  test.each(['000', '077', '777'])('are 0600 for what is secret under umask %s', async (umask) => {
    const dir = newPlace()
    const nested = join(dir, 'deeper')
    if (umask === '777') mkdirSync(dir) // those above cannot be made under it
    await child.run({ dir: nested, key: testKeyBase64('first'), createdAt: 1, umask })
    expect(modeOf(nested)).toBe('0700')
    expect(FILES.map((file) => modeOf(join(nested, file)))).toEqual(['0600', '0600', '0644'])
  })

  test('of a directory that is there stay as they are', async () => {
    const dir = newPlace()
    mkdirSync(dir)
    chmodSync(dir, 0o755)
    await pemKeyStore({ dir }).save('current', await testRecord('first'))
    expect(modeOf(dir)).toBe('0755')
  })

  test('of known_routers.json are 0600', async () => {
    const dir = newPlace()
    await pemKeyStore({ dir }).set('https://one.example', {
      fingerprints: ['sha256/a'],
      firstSeen: 1,
      highestProtocol: '1.0',
    })
    expect(modeOf(dir)).toBe('0700')
    expect(modeOf(join(dir, 'known_routers.json'))).toBe('0600')
  })
})

describe('files', () => {
  test('are those of the name, and no temporary ones stay', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.save('current', await testRecord('first'))
    expect(readdirSync(dir).sort()).toEqual(FILES)
    await store.save('previous', await testRecord('second'))
    await store.save('current', await testRecord('third'), { replace: true })
    expect(readdirSync(dir).sort()).toEqual([...FILES.map((file) => `previous_${file}`), ...FILES])
    await store.delete('current')
    await store.delete('previous')
    expect(readdirSync(dir)).toEqual([])
  })

  test('nothing is made before something is saved', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.load('current')
    await store.get('https://one.example')
    await store.list()
    await store.delete('current')
    expect(existsSync(dir)).toBe(false)
  })

  test('a symbolic link is replaced on request, never written through', async () => {
    const dir = newPlace()
    mkdirSync(dir)
    const victim = join(dirname(dir), 'victim')
    writeFileSync(victim, 'untouched')
    for (const file of FILES) symlinkSync(victim, join(dir, file))
    const store = pemKeyStore({ dir })
    await refusal(store.save('current', await testRecord('first')), 'exists', join(dir, 'private_key.pem'))
    await store.save('current', await testRecord('first'), { replace: true })
    expect(readFileSync(victim, 'utf8')).toBe('untouched')
    await expectKey(dir, 'first')
  })

  test('a dangling symbolic link counts as a key that is there', async () => {
    const dir = newPlace()
    mkdirSync(dir)
    const target = join(dirname(dir), 'elsewhere.pem')
    symlinkSync(target, join(dir, 'private_key.pem'))
    const store = pemKeyStore({ dir })
    await refusal(store.save('current', await testRecord('first')), 'exists', join(dir, 'private_key.pem'))
    expect(await store.list()).toEqual(['current'])
    expect(existsSync(target)).toBe(false)
  })

  test('a public key whose private key is gone does not stand in the way', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.save('current', await testRecord('first', 1))
    unlinkSync(join(dir, 'private_key.pem'))
    expect(await store.load('current')).toBeUndefined()
    await store.save('current', await testRecord('second', 2))
    expect((await store.load('current'))?.createdAt).toBe(2)
    await expectKey(dir, 'second')
  })

  test('a directory that cannot be made or written is a typed error', async () => {
    const dir = newPlace()
    writeFileSync(dir, 'a file')
    await refusal(pemKeyStore({ dir }).save('current', await testRecord('first')), 'unreadable', dir)
    await refusal(pemKeyStore({ dir }).load('current'), 'unreadable', dir)
    await refusal(pemKeyStore({ dir }).list(), 'unreadable', dir)
  })
})

describe('a key that is kept', () => {
  test('keeps its bytes, its public key and its record', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.save('current', await testRecord('first', 1))
    const before = FILES.map((file) => readFileSync(join(dir, file), 'utf8'))
    await store.save('current', await testRecord('second', 2), { replace: true, keepAs: 'previous' })
    expect(FILES.map((file) => readFileSync(join(dir, `previous_${file}`), 'utf8'))).toEqual(before)
    expect(FILES.map((file) => modeOf(join(dir, `previous_${file}`)))).toEqual(['0600', '0600', '0644'])
  })

  test('without its public key and record is kept all the same, and not beside those of another', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.save('previous', await testRecord('third', 0))
    await store.save('current', await testRecord('first', 1))
    for (const file of ['public_key.pem', 'private_key.json']) unlinkSync(join(dir, file))
    await store.save('current', await testRecord('second', 2), { replace: true, keepAs: 'previous' })
    const previous = await store.load('previous')
    expect(previous?.keyPair.publicKey.fingerprint).toBe((await testKeyPair('first')).publicKey.fingerprint)
    expect(previous?.createdAt).toBeGreaterThan(2)
  })

  test.each<[string, (path: string) => void, string]>([
    ['damaged', (path) => writeFileSync(path, 'damaged'), 'unreadable'],
    [
      'a symbolic link',
      (path) => (renameSync(path, `${path}.x`), symlinkSync(`${path}.x`, path)),
      'unreadable',
    ],
    ['open to others', (path) => chmodSync(path, 0o644), 'insecure_permissions'],
  ])('is not replaced if it is expected, but %s', async (_, spoil, code) => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.save('current', await testRecord('first', 1))
    const path = join(dir, 'private_key.pem')
    spoil(path)
    const before = readFileSync(path)
    const { fingerprint: expected } = (await testKeyPair('first')).publicKey
    const options = { replace: true, expected, keepAs: 'previous' }
    await refusal(store.save('current', await testRecord('second', 2), options), code, path)
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(await store.list()).toEqual(['current'])
  })

  test('is the private key that is there, whatever its public key and record say', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.save('current', await testRecord('first', 1))
    const { fingerprint: expected, pem } = (await testKeyPair('second')).publicKey
    writeFileSync(join(dir, 'public_key.pem'), pem)
    writeFileSync(join(dir, 'private_key.json'), JSON.stringify({ fingerprint: expected, createdAt: 1 }))
    const path = join(dir, 'private_key.pem')
    const saving = store.save('current', await testRecord('third', 2), { replace: true, expected })
    expect(await refusal(saving, 'exists', path)).toContain(
      (await testKeyPair('first')).publicKey.fingerprint,
    )
  })
})

describe('leftovers of a crash', () => {
  const LEFTOVERS = ['.private_key.pem', '.known_routers.json', '.previous_private_key.pem'].map(
    (name) => `${name}.0123456789abcdef.tmp`,
  )
  const OTHERS = ['.gitignore', '.private_key.pem.tmp', '.nomyo', 'notes.tmp']

  test.each<[string, (dir: string) => Promise<void>]>([
    [
      'save',
      async (dir) => pemKeyStore({ dir }).save('current', await testRecord('second'), { replace: true }),
    ],
    ['delete', (dir) => pemKeyStore({ dir }).delete('previous')],
    [
      'set',
      (dir) =>
        pemKeyStore({ dir }).set('https://one.example', {
          fingerprints: ['sha256/a'],
          firstSeen: 1,
          highestProtocol: '1.0',
        }),
    ],
  ])('break nothing, and go with the next %s; the files of others stay', async (_, change) => {
    const dir = newPlace()
    await pemKeyStore({ dir }).save('current', await testRecord('first'))
    for (const name of [...LEFTOVERS, ...OTHERS])
      writeFileSync(join(dir, name), 'half a key', { mode: 0o600 })
    await expectKey(dir, 'first')
    await change(dir)
    expect(readdirSync(dir)).toEqual(expect.arrayContaining(OTHERS))
    expect(readdirSync(dir)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/\.[0-9a-f]{16}\.tmp$/)]),
    )
    expect(await pemKeyStore({ dir }).list()).toEqual(['current'])
  })
})

describe('what cannot be saved', () => {
  test('a key that is not exportable, a pair that is none, a time that is none', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    const { keyPair } = await testRecord('first')
    const sealed = await importPrivateKey(Buffer.from(testKeyBase64('first'), 'base64'))
    const mixed = { ...keyPair, publicKey: (await testKeyPair('second')).publicKey }
    const records = [
      { keyPair: sealed, createdAt: 1 },
      { keyPair: mixed, createdAt: 1 },
      { keyPair, createdAt: Number.NaN },
    ]
    for (const record of records) await expect(store.save('current', record)).rejects.toThrow(ValidationError)
    expect(existsSync(dir)).toBe(false)
  })

  test.each<SaveOptions>([{ keepAs: 'other' }, { replace: true, keepAs: 'current' }, { keepAs: '' }])(
    'with the options %j',
    async (options) => {
      const dir = newPlace()
      const record = await testRecord('first')
      await expect(pemKeyStore({ dir }).save('current', record, options)).rejects.toThrow(ValidationError)
      expect(existsSync(dir)).toBe(false)
    },
  )

  test.each(['', 'other', '../current', '__proto__', 'constructor'])('the name %j', async (name) => {
    const store = pemKeyStore({ dir: newPlace() })
    await expect(store.load(name)).rejects.toThrow(ValidationError)
    await expect(store.save(name, await testRecord('first'))).rejects.toThrow(ValidationError)
    await expect(store.delete(name)).rejects.toThrow(ValidationError)
  })
})

test('a generated key is saved and loaded', async () => {
  const store = pemKeyStore({ dir: newPlace() })
  const keyPair = await generateKeyPair({
    modulusLength: 2048,
    exportable: store.needsExportableKeys ?? false,
  })
  await store.save('current', { keyPair, createdAt: Date.now() })
  const loaded = await store.load('current')
  expect(loaded?.keyPair.publicKey.pem).toBe(keyPair.publicKey.pem)
  expect(loaded?.keyPair.privateKey.extractable).toBe(false)
})

test('bytes of the private key are overwritten', async () => {
  const seen: Uint8Array[] = []
  const exportKey = crypto.subtle.exportKey.bind(crypto.subtle) as (
    ...parameters: unknown[]
  ) => Promise<ArrayBuffer>
  const spy = vi.spyOn(crypto.subtle, 'exportKey').mockImplementation((async (...parameters: unknown[]) => {
    const exported = await exportKey(...parameters)
    if (parameters[0] === 'pkcs8') seen.push(new Uint8Array(exported))
    return exported
  }) as unknown as typeof crypto.subtle.exportKey)
  await pemKeyStore({ dir: newPlace() }).save('current', await testRecord('first'))
  spy.mockRestore()
  expect(seen).toHaveLength(1)
  expect(seen[0]!.every((byte) => byte === 0)).toBe(true)
})
