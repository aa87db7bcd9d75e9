/** What generates, loads, rotates and deletes keys, and when. */
import {
  KeyManager,
  KeyStoreError,
  memoryKeyStore,
  open,
  seal,
  ValidationError,
  type KeyEvent,
  type KeyRecord,
  type KeyStore,
  type RotationOptions,
  type SaveOptions,
} from '@nomyo/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { keyPair, type KeyName } from './keys.js'
import { generateQuickKeys } from './quick-keys.js'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0, 1)

let generated: () => number
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  generated = generateQuickKeys()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A manager over `store`, and what it told. */
function managed(
  store: KeyStore,
  rotation?: RotationOptions,
): { manager: KeyManager; events: KeyEvent[]; types: () => string[] } {
  const events: KeyEvent[] = []
  const manager = new KeyManager({ store, rotation, onEvent: (event) => events.push(event) })
  return { manager, events, types: () => events.map(({ type }) => type) }
}

async function storeWith(name: KeyName, createdAt: number = START): Promise<KeyStore> {
  const store = memoryKeyStore()
  await store.save('current', { keyPair: await keyPair(name), createdAt })
  return store
}

const fingerprintIn = async (store: KeyStore, name = 'current'): Promise<string | undefined> =>
  (await store.load(name))?.keyPair.publicKey.fingerprint

/** Every property of `store`, with some in another way. */
function changed(store: KeyStore, methods: Partial<KeyStore>): KeyStore {
  return {
    load: (name) => store.load(name),
    save: (name, record, options) => store.save(name, record, options),
    delete: (name) => store.delete(name),
    list: () => store.list(),
    ...methods,
  }
}

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'nothing was thrown',
    (error: { code?: string }) => error.code,
  )

describe('current', () => {
  test('generates only if nothing is stored, once for all who ask', async () => {
    const store = memoryKeyStore()
    const { manager, types } = managed(store)
    const pairs = await Promise.all([manager.current(), manager.current(), manager.current()])
    expect(new Set(pairs).size).toBe(1)
    expect(generated()).toBe(1)
    expect(types()).toEqual(['generating'])
    expect(await store.load('current')).toMatchObject({ createdAt: START })
    await manager.current()
    expect(generated()).toBe(1)
  })

  test('a stored key is used', async () => {
    const { manager, events } = managed(await storeWith('rsa2048'))
    expect(await manager.current()).toBe(await keyPair('rsa2048'))
    expect(events).toEqual([])
    expect(generated()).toBe(0)
  })

  test('a key that cannot be read is an error, never a reason for a new one, and it is tried again', async () => {
    let damaged = true
    const inner = await storeWith('rsa2048')
    const saved: string[] = []
    const store = changed(inner, {
      load: (name) => {
        if (damaged) throw new KeyStoreError('unreadable', 'damaged')
        return inner.load(name)
      },
      save: async (name) => void saved.push(name),
    })
    const { manager } = managed(store)
    for (const run of [() => manager.current(), () => manager.rotate(), () => manager.generate()]) {
      expect(await codeOf(run())).toBe('unreadable')
    }
    expect(saved).toEqual([])
    expect(generated()).toBe(0)
    damaged = false
    expect(await manager.current()).toBe(await keyPair('rsa2048'))
  })

  test('the key of a process that was faster is taken up', async () => {
    const inner = memoryKeyStore()
    const faster: KeyRecord = { keyPair: await keyPair('rsa2048'), createdAt: 1 }
    const store = changed(inner, {
      save: async (name, record) => {
        await inner.save(name, faster)
        await inner.save(name, record)
      },
    })
    expect(await managed(store, { automatic: false }).manager.current()).toBe(await keyPair('rsa2048'))
  })

  test('a store that writes keys out is given an exportable one', async () => {
    const inner = memoryKeyStore()
    for (const needsExportableKeys of [true, false]) {
      await inner.delete('current')
      const pair = await managed(changed(inner, { needsExportableKeys })).manager.current()
      expect(pair.privateKey.extractable).toBe(needsExportableKeys)
    }
  })

  test('a store that finds out by a save that it writes keys out is given an exportable one then', async () => {
    const inner = memoryKeyStore()
    let needsExportableKeys = false
    const store: KeyStore = {
      ...changed(inner, {
        save: async (name, record, options) => {
          needsExportableKeys = true
          if (!record.keyPair.privateKey.extractable) throw new ValidationError('Not exportable.')
          await inner.save(name, record, options)
        },
      }),
      get needsExportableKeys() {
        return needsExportableKeys
      },
    }
    const { manager } = managed(store)
    expect((await manager.current()).privateKey.extractable).toBe(true)
    expect(generated()).toBe(2)
    expect((await manager.rotate()).keyPair.privateKey.extractable).toBe(true)
    expect(generated()).toBe(3)
  })

  test('a store that refuses every key is not asked for ever', async () => {
    const save = async (): Promise<void> => {
      throw new ValidationError('Not this one either.')
    }
    const store = changed(memoryKeyStore(), { save, needsExportableKeys: true })
    await expect(managed(store).manager.current()).rejects.toThrow('Not this one either.')
    expect(generated()).toBe(1)
  })
})

describe('generate and load', () => {
  test('generate refuses where a key is, load where none is', async () => {
    const store = memoryKeyStore()
    const { manager } = managed(store)
    expect(await codeOf(manager.load())).toBe('not_found')
    const made = await manager.generate()
    expect(made.createdAt).toBe(START)
    expect(await codeOf(manager.generate())).toBe('exists')
    expect((await manager.load()).keyPair.publicKey.fingerprint).toBe(made.keyPair.publicKey.fingerprint)
    expect(generated()).toBe(1)
  })

  test('generate and current at the same time make one key', async () => {
    const { manager } = managed(memoryKeyStore())
    await Promise.allSettled([manager.current(), manager.generate(), manager.current()])
    expect(generated()).toBe(1)
  })

  test('load takes up a key that was put there', async () => {
    const store = await storeWith('rsa2048')
    const { manager } = managed(store)
    await manager.current()
    await store.save('current', { keyPair: await keyPair('rsa3072'), createdAt: START }, { replace: true })
    expect(await manager.current()).toBe(await keyPair('rsa2048'))
    await manager.load()
    expect(await manager.current()).toBe(await keyPair('rsa3072'))
  })
})

describe('rotation', () => {
  test('a 91-day-old key rotates and still opens what was in flight', async () => {
    const store = await storeWith('rsa2048', START - 91 * DAY)
    const old = await keyPair('rsa2048')
    const inFlight = await seal(new TextEncoder().encode('{"in":"flight"}'), old.publicKey, {})
    const { manager, events } = managed(store)
    const now = await manager.current()
    expect(now.publicKey.fingerprint).not.toBe(old.publicKey.fingerprint)
    expect(await store.load('current')).toMatchObject({ createdAt: START })
    expect(events).toEqual([
      { type: 'generating' },
      {
        type: 'rotated',
        fingerprint: now.publicKey.fingerprint,
        previous: old.publicKey.fingerprint,
        previousUntil: START + DAY,
      },
    ])
    const previous = await manager.previous()
    const opened = await open(inFlight, previous!, { kind: 'request' })
    expect(new TextDecoder().decode(opened.plaintext)).toBe('{"in":"flight"}')
  })

  test('happens while a process runs, on the next use, once', async () => {
    const store = await storeWith('rsa2048')
    const { manager } = managed(store)
    await manager.current()
    vi.setSystemTime(START + 90 * DAY - 1)
    expect(await manager.current()).toBe(await keyPair('rsa2048'))
    vi.setSystemTime(START + 90 * DAY)
    const pairs = await Promise.all([manager.current(), manager.current()])
    expect(generated()).toBe(1)
    expect(pairs[0]).toBe(pairs[1])
    expect(pairs[0]!.publicKey.fingerprint).toBe(await fingerprintIn(store))
  })

  test('another process that has rotated already is followed', async () => {
    const store = await storeWith('rsa2048')
    const { manager } = managed(store)
    await manager.current()
    vi.setSystemTime(START + 91 * DAY)
    const theirs = { keyPair: await keyPair('rsa3072'), createdAt: START + 90 * DAY }
    await store.save('current', theirs, { replace: true, keepAs: 'previous' })
    expect(await manager.current()).toBe(theirs.keyPair)
    expect(generated()).toBe(0)
  })

  test('of two that rotate at once one wins, and the other follows', async () => {
    const inner = await storeWith('rsa2048', START - 91 * DAY)
    const theirs = { keyPair: await keyPair('rsa3072'), createdAt: START }
    let isFirst = true
    const store = changed(inner, {
      save: async (name, record, options) => {
        if (isFirst) await inner.save(name, theirs, { replace: true, keepAs: 'previous' })
        isFirst = false
        await inner.save(name, record, options)
      },
    })
    const { manager } = managed(store)
    expect(await manager.current()).toBe(theirs.keyPair)
    expect(await fingerprintIn(inner, 'previous')).toBe((await keyPair('rsa2048')).publicKey.fingerprint)
  })

  test.each<[RotationOptions, number]>([
    [{ maxAgeDays: 1 }, 1],
    [{ maxAgeDays: 0.5 }, 0.5],
    [{ maxAgeDays: 365 }, 365],
    [{}, 90],
  ])('%j replaces after %d days', async (rotation, days) => {
    const store = await storeWith('rsa2048')
    const { manager } = managed(store, rotation)
    vi.setSystemTime(START + days * DAY - 1)
    await manager.current()
    expect(generated()).toBe(0)
    vi.setSystemTime(START + days * DAY)
    await manager.current()
    expect(generated()).toBe(1)
  })

  test('can be switched off', async () => {
    const { manager, types } = managed(await storeWith('rsa2048', START - 400 * DAY), { automatic: false })
    expect(await manager.current()).toBe(await keyPair('rsa2048'))
    expect(types()).toEqual(['expiring'])
  })

  test('by hand replaces a young key, and generates where there is none', async () => {
    const store = await storeWith('rsa2048')
    const { manager, types } = managed(store)
    const { keyPair: pair } = await manager.rotate()
    expect(await fingerprintIn(store)).toBe(pair.publicKey.fingerprint)
    expect(await fingerprintIn(store, 'previous')).toBe((await keyPair('rsa2048')).publicKey.fingerprint)
    expect(types()).toEqual(['generating', 'rotated'])
    const empty = managed(memoryKeyStore())
    await empty.manager.rotate()
    expect(empty.types()).toEqual(['generating'])
  })

  test('that fails leaves the old key in use, says so, and is tried again after an hour', async () => {
    const inner = await storeWith('rsa2048', START - 91 * DAY)
    const full = new KeyStoreError('unwritable', 'disk full')
    const attempts: (SaveOptions | undefined)[] = []
    let broken = true
    const store = changed(inner, {
      save: async (name, record, options) => {
        attempts.push(options)
        if (broken) throw full
        await inner.save(name, record, options)
      },
    })
    const { manager, events, types } = managed(store)
    for (let i = 0; i < 3; i++) expect(await manager.current()).toBe(await keyPair('rsa2048'))
    expect(attempts).toHaveLength(1)
    expect(types()).toEqual(['generating', 'rotation_failed', 'expiring'])
    expect(events[1]).toMatchObject({ error: full })
    broken = false
    vi.setSystemTime(START + HOUR)
    expect((await manager.current()).publicKey.fingerprint).toBe(await fingerprintIn(inner))
    expect(attempts).toHaveLength(2)
    expect(await codeOf(managed(changed(inner, { save: () => Promise.reject(full) })).manager.rotate())).toBe(
      'unwritable',
    )
  })
})

describe('the previous key', () => {
  test('is deleted after its time of grace, on the next use', async () => {
    const store = await storeWith('rsa2048', START - 91 * DAY)
    const { manager } = managed(store, { graceHours: 2 })
    await manager.current()
    vi.setSystemTime(START + 2 * HOUR - 1)
    await manager.current()
    expect(await store.list()).toContain('previous')
    vi.setSystemTime(START + 2 * HOUR)
    await manager.current()
    expect(await store.list()).toEqual(['current'])
    expect(await manager.previous()).toBeUndefined()
  })

  test('is deleted by a process that starts later', async () => {
    const store = await storeWith('rsa2048', START - 91 * DAY)
    await managed(store).manager.current()
    vi.setSystemTime(START + DAY)
    await managed(store).manager.current()
    expect(await store.list()).toEqual(['current'])
  })

  test('that cannot be deleted breaks nothing, is told of, and tried again after an hour', async () => {
    const inner = await storeWith('rsa2048', START - 2 * DAY)
    await inner.save('previous', { keyPair: await keyPair('rsa3072'), createdAt: 1 })
    let tries = 0
    const store = changed(inner, {
      delete: async () => {
        tries++
        throw new KeyStoreError('unwritable', 'read-only')
      },
    })
    const { manager, types } = managed(store)
    for (let i = 0; i < 3; i++) expect(await manager.current()).toBe(await keyPair('rsa2048'))
    expect(types()).toEqual(['cleanup_failed'])
    vi.setSystemTime(START + HOUR)
    await manager.current()
    expect(tries).toBe(2)
  })
})

describe('expiry', () => {
  test('is told from 14 days before, once a day', async () => {
    const { manager, events } = managed(await storeWith('rsa2048'))
    vi.setSystemTime(START + 76 * DAY - 1)
    await manager.current()
    expect(events).toEqual([])
    vi.setSystemTime(START + 76 * DAY)
    await manager.current()
    await manager.current()
    const { fingerprint } = (await keyPair('rsa2048')).publicKey
    const expiring = { type: 'expiring', fingerprint, createdAt: START, automatic: true }
    expect(events).toEqual([{ ...expiring, expiresAt: START + 90 * DAY }])
    vi.setSystemTime(START + 77 * DAY)
    await manager.current()
    expect(events).toHaveLength(2)
  })

  test('a new key is not told of', async () => {
    const { manager, events } = managed(await storeWith('rsa2048', START - 80 * DAY))
    await manager.current()
    await manager.rotate()
    events.length = 0
    vi.setSystemTime(START + 2 * DAY)
    await manager.current()
    expect(events).toEqual([])
  })

  test('warnDays and maxAgeDays move it', async () => {
    const { manager, types } = managed(await storeWith('rsa2048'), { maxAgeDays: 10, warnDays: 2 })
    vi.setSystemTime(START + 8 * DAY - 1)
    await manager.current()
    expect(types()).toEqual([])
    vi.setSystemTime(START + 8 * DAY)
    await manager.current()
    expect(types()).toEqual(['expiring'])
  })
})

describe('a key that is kept elsewhere', () => {
  test('is used, not stored, not replaced, but warned of', async () => {
    const store = memoryKeyStore()
    const { manager, events } = managed(store)
    await manager.adopt({ keyPair: await keyPair('rsa2048'), createdAt: START - 100 * DAY })
    expect(await manager.current()).toBe(await keyPair('rsa2048'))
    expect(await store.list()).toEqual([])
    expect(generated()).toBe(0)
    expect(events).toMatchObject([{ type: 'expiring', automatic: false }])
    await expect(manager.rotate()).rejects.toThrow(ValidationError)
  })

  test('gives way to the stored one on load', async () => {
    const { manager } = managed(await storeWith('rsa3072'))
    await manager.adopt({ keyPair: await keyPair('rsa2048'), createdAt: START })
    await manager.load()
    expect(await manager.current()).toBe(await keyPair('rsa3072'))
  })
})

describe('options', () => {
  test.each([
    { maxAgeDays: 0 },
    { maxAgeDays: -1 },
    { maxAgeDays: Number.NaN },
    { maxAgeDays: Infinity },
    { maxAgeDays: '90' },
    { warnDays: -1 },
    { graceHours: Infinity },
    { automatic: 'no' },
    null,
    'never',
  ])('%j is no rotation', (rotation) => {
    const make = (): KeyManager =>
      new KeyManager({ store: memoryKeyStore(), rotation: rotation as RotationOptions })
    expect(make).toThrow(ValidationError)
  })

  test('a name that is none is a TypeError', () => {
    const rotation = { maxAge: 90 } as RotationOptions
    expect(() => new KeyManager({ store: memoryKeyStore(), rotation })).toThrow(TypeError)
  })
})
