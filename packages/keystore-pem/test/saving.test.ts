/** What is written, with which permissions, and what stays if the process dies. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { generateKeyPair, importPrivateKey, ValidationError } from '@nomyo/core'
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
  test.each(['000', '077', '777'])('are the same under umask %s', async (umask) => {
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

describe('leftovers of a crash', () => {
  test('break nothing, and go when nobody can be writing them any more', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.save('current', await testRecord('first'))
    const [old, fresh] = ['0123456789abcdef', 'fedcba9876543210'].map((id) =>
      join(dir, `.private_key.pem.${id}.tmp`),
    )
    for (const path of [old!, fresh!]) writeFileSync(path, 'half a key', { mode: 0o600 })
    utimesSync(old!, 0, 0)
    await expectKey(dir, 'first')
    await store.save('current', await testRecord('second'), { replace: true })
    expect([existsSync(old!), existsSync(fresh!)]).toEqual([false, true])
    await expectKey(dir, 'second')
    expect(await store.list()).toEqual(['current'])
  })

  test('do not keep a deleted key alive under a second name', async () => {
    const dir = newPlace()
    const store = pemKeyStore({ dir })
    await store.save('current', await testRecord('first'))
    linkSync(join(dir, 'private_key.pem'), join(dir, '.private_key.pem.0123456789abcdef.tmp'))
    await store.delete('current')
    expect(readdirSync(dir)).toEqual([])
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

test('one warning for each directory says that there is no password', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const dirs = [newPlace(), newPlace()]
  for (const dir of dirs) {
    const store = pemKeyStore({ dir })
    await store.load('current')
    expect(warn.mock.calls.filter(([message]) => String(message).includes(dir))).toEqual([])
    await store.save('current', await testRecord('first'))
    await store.load('current')
    await pemKeyStore({ dir }).load('current')
    const warnings = warn.mock.calls.filter(([message]) => String(message).includes(dir))
    expect(warnings).toEqual([[expect.any(String), { type: 'NomyoWarning', code: 'NOMYO_UNENCRYPTED_KEY' }]])
  }
  warn.mockRestore()
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

describe('processes', { timeout: 180_000 }, () => {
  test('four that race end with one key', async () => {
    const names = ['first', 'second', 'third', 'fourth'] as const
    for (let round = 0; round < 5; round++) {
      const dir = newPlace()
      const startAt = Date.now() + 700
      const race = names.map((name, createdAt) =>
        child.run({ dir, key: testKeyBase64(name), createdAt, startAt }),
      )
      const outcomes = await Promise.all(race)
      expect(outcomes.map((outcome) => outcome.split(' ')[0]).sort()).toEqual([
        'exists',
        'exists',
        'exists',
        'saved',
      ])
      const winner = outcomes.findIndex((outcome) => outcome.startsWith('saved'))
      await expectKey(dir, names[winner]!)
      expect((await pemKeyStore({ dir }).load('current'))?.createdAt).toBe(winner)
      expect(readdirSync(dir).sort()).toEqual(FILES)
    }
  })

  test('one that is killed while it saves leaves no key or a whole one', async () => {
    let moments = 0
    let kept = 0
    await atManyMoments(async (dieAt) => {
      const dir = newPlace()
      const outcome = await child.run({ dir, key: testKeyBase64('first'), createdAt: 1, dieAt })
      if (outcome !== 'killed') return false
      moments++
      const store = pemKeyStore({ dir })
      const found = await store.load('current')
      if (found === undefined) await store.save('current', await testRecord('second'))
      else kept++
      await expectKey(dir, found === undefined ? 'second' : 'first')
      return true
    })
    expect(moments).toBeGreaterThanOrEqual(15)
    expect(kept).toBeGreaterThan(3)
    expect(kept).toBeLessThan(moments)
  })

  test('one that is killed while it replaces leaves the old key or the new one', async () => {
    const left = { old: 0, new: 0 }
    const { publicKey } = await testKeyPair('first')
    await atManyMoments(async (dieAt) => {
      const dir = newPlace()
      const store = pemKeyStore({ dir })
      await store.save('current', await testRecord('first', 1))
      const outcome = await child.run({
        dir,
        key: testKeyBase64('second'),
        createdAt: 2,
        replace: true,
        dieAt,
      })
      if (outcome !== 'killed') return false
      const found = await store.load('current')
      expect(found).toBeDefined()
      const isOld = found!.keyPair.publicKey.fingerprint === publicKey.fingerprint
      left[isOld ? 'old' : 'new']++
      await expectKey(dir, isOld ? 'first' : 'second')
      if (isOld) expect(found!.createdAt).toBe(1)
      return true
    })
    expect(left.old).toBeGreaterThan(3)
    expect(left.new).toBeGreaterThan(3)
  })
})

/** Calls `attempt` for every third moment, four at a time, until it says that there is no such moment. */
async function atManyMoments(attempt: (moment: number) => Promise<boolean>): Promise<void> {
  for (let moment = 0; ; moment += 12) {
    // An odd step: before some operations, after others.
    const batch = await Promise.all([0, 3, 6, 9].map((i) => attempt(moment + i)))
    if (batch.includes(false)) return
  }
}
