/** Storage that is not there, is full, or goes away. */
import { KeyManager, type KeyStoreWarning } from '@nomyo/core'
import { indexedDBKeyStore, type IndexedDBKeyStoreOptions } from '@nomyo/keystore-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateQuickKeys } from '../../core/test/quick-keys.ts'
import { connectTo, contentOf, deleteDatabase, freshDatabase, plant } from './support/databases.ts'
import { expectCode, expectNotExportable, expectOpens, exportable, sealedIn } from './support/keys.ts'

const TRUST = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '1.0' } as const
const ROUTER = 'https://one.example'
const TEN_SECONDS = 10_000

let databaseName: string
const warnings: KeyStoreWarning[] = []
const makeStore = (options: IndexedDBKeyStoreOptions = {}): ReturnType<typeof indexedDBKeyStore> =>
  indexedDBKeyStore({ databaseName, onWarning: (warning) => warnings.push(warning), ...options })
const codes = (): string[] => warnings.map(({ code }) => code)

beforeEach(() => {
  databaseName = freshDatabase()
  warnings.length = 0
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** A request to open a database that fails like this. */
function failedRequest(name: string): IDBOpenDBRequest {
  return {
    error: new DOMException('Not here.', name),
    set onerror(listener: () => void) {
      queueMicrotask(listener)
    },
  } as unknown as IDBOpenDBRequest
}

const ABSENCES: readonly [string, () => void][] = [
  ['no indexedDB at all', () => vi.stubGlobal('indexedDB', undefined)],
  [
    'indexedDB.open that throws, as where storage is blocked',
    () => {
      vi.spyOn(indexedDB, 'open').mockImplementation(() => {
        throw new DOMException('Denied.', 'SecurityError')
      })
    },
  ],
  ...['InvalidStateError', 'QuotaExceededError', 'UnknownError'].map((name): [string, () => void] => [
    `a database that fails to open with ${name}`,
    () => void vi.spyOn(indexedDB, 'open').mockImplementation(() => failedRequest(name)),
  ]),
]

describe.each(ABSENCES)('%s', (_, makeAbsent) => {
  test('private mode or a blocked IndexedDB falls back to memory with a warning', async () => {
    makeAbsent()
    generateQuickKeys()
    const store = makeStore()
    expect(store.volatile).toBe(false)
    const [keyPair] = await Promise.all([new KeyManager({ store }).current(), store.set(ROUTER, TRUST)])
    expect([store.volatile, store.needsExportableKeys, codes()]).toEqual([
      true,
      false,
      ['storage_unavailable'],
    ])
    expect(warnings[0]?.message).toContain(JSON.stringify(databaseName))
    await expectOpens(keyPair, (await store.load('current'))?.keyPair)
    await expectNotExportable(keyPair)
    expect([await store.list(), await store.get(ROUTER)]).toEqual([['current'], TRUST])
  })

  test('the store stays in memory, even if storage comes back', async () => {
    makeAbsent()
    const store = makeStore()
    await store.save('current', { keyPair: await exportable('rsa2048'), createdAt: 1 })
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    await expectNotExportable((await store.load('current'))!.keyPair)
    await store.delete('current')
    expect([await store.list(), await makeStore().list(), codes()]).toEqual([[], [], ['storage_unavailable']])
  })
})

test('without onWarning, the console is told', async () => {
  vi.stubGlobal('indexedDB', undefined)
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  await indexedDBKeyStore({ databaseName }).list()
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('kept in memory'))
})

test('exportable keys stay exportable in memory', async () => {
  vi.stubGlobal('indexedDB', undefined)
  const store = makeStore({ exportable: true })
  await store.save('current', { keyPair: await exportable('rsa2048'), createdAt: 1 })
  expect((await store.load('current'))?.keyPair.privateKey.extractable).toBe(true)
})

describe('a database that does not answer', () => {
  test('is done without after 10 seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const open = vi.spyOn(indexedDB, 'open').mockReturnValue({} as IDBOpenDBRequest)
    const store = makeStore()
    const listed = store.list()
    await vi.advanceTimersByTimeAsync(TEN_SECONDS - 1)
    expect([store.volatile, codes()]).toEqual([false, []])
    await vi.advanceTimersByTimeAsync(1)
    expect(await listed).toEqual([])
    expect([store.volatile, codes()]).toEqual([true, ['storage_unavailable']])
    // It is not waited for again.
    expect(await store.list()).toEqual([])
    expect(open).toHaveBeenCalledOnce()
  })

  test('is in nobody’s way when it answers later', async () => {
    const connection = await connectTo(databaseName, 'production')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const request = { result: connection } as unknown as IDBOpenDBRequest
    vi.spyOn(indexedDB, 'open').mockReturnValue(request)
    const listed = makeStore().list()
    await vi.advanceTimersByTimeAsync(TEN_SECONDS)
    expect(await listed).toEqual([])
    const closed = new Promise((resolve) => {
      vi.spyOn(connection, 'close').mockImplementation(() => {
        IDBDatabase.prototype.close.call(connection)
        resolve(true)
      })
    })
    request.onsuccess?.(new Event('success'))
    expect(await closed).toBe(true)
  })

  test('leaves no timer behind when it answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await makeStore().list()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a disk that is full (fake)', () => {
  /** Lets every transaction that writes fail as it does when the quota is exceeded: after the fact. */
  function exceedQuota(): void {
    const full = new Set<IDBTransaction>()
    const { put } = IDBObjectStore.prototype
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...rest) {
      const request = put.apply(this, rest)
      request.addEventListener('success', () => {
        if (full.has(this.transaction)) return
        full.add(this.transaction)
        this.transaction.abort()
      })
      return request
    })
    vi.spyOn(IDBTransaction.prototype, 'error', 'get').mockImplementation(function (this: IDBTransaction) {
      return full.has(this) ? new DOMException('The quota has been exceeded.', 'QuotaExceededError') : null
    })
  }

  test('disk full: the old key stays', async () => {
    const [first, second] = [await exportable('rsa2048'), await exportable('rsa3072')]
    const store = makeStore()
    await store.save('current', { keyPair: first, createdAt: 1 })
    await store.set(ROUTER, TRUST)
    exceedQuota()
    const expected = first.publicKey.fingerprint
    const options = { replace: true, expected, keepAs: 'previous' }
    await expectCode(store.save('current', { keyPair: second, createdAt: 2 }, options), 'unwritable', 'Quota')
    await expectCode(store.set(ROUTER, { ...TRUST, firstSeen: 2 }), 'unwritable', 'Quota')
    await expectOpens(first, (await store.load('current'))?.keyPair)
    expect([await store.list(), await store.get(ROUTER)]).toEqual([['current'], TRUST])
    expect([store.volatile, warnings]).toEqual([false, []])
  })

  test('is told to whoever saves a key, not to whoever looks for one', async () => {
    exceedQuota()
    const store = makeStore()
    expect(await store.load('current')).toBeUndefined()
    const saving = store.save('current', { keyPair: await sealedIn('rsa2048'), createdAt: 1 })
    await expectCode(saving, 'unwritable', 'Quota')
    expect([await store.list(), store.volatile, warnings]).toEqual([[], false, []])
  })
})

describe('a connection', () => {
  /** The connections that are opened from now on. */
  function connections(): Promise<IDBDatabase>[] {
    const opened: Promise<IDBDatabase>[] = []
    const open = indexedDB.open.bind(indexedDB)
    vi.spyOn(indexedDB, 'open').mockImplementation((name) => {
      const request = open(name)
      opened.push(
        new Promise((resolve) => request.addEventListener('success', () => resolve(request.result))),
      )
      return request
    })
    return opened
  }

  test('that the browser closes is opened again, once', async () => {
    const opened = connections()
    const store = makeStore()
    await store.set(ROUTER, TRUST)
    ;(await opened[0]!).close()
    expect(await store.get(ROUTER)).toEqual(TRUST)
    expect(opened).toHaveLength(2)
    const second = await opened[1]!
    second.close()
    second.dispatchEvent(new Event('close'))
    expect(await store.get(ROUTER)).toEqual(TRUST)
    expect(opened).toHaveLength(3)
  })

  test('is shared by all that happens at once, also after it was closed', async () => {
    const opened = connections()
    const store = makeStore()
    await Promise.all([store.list(), store.get(ROUTER), store.set(ROUTER, TRUST)])
    expect(opened).toHaveLength(1)
    ;(await opened[0]!).close()
    await Promise.all([store.list(), store.get(ROUTER), store.set(ROUTER, TRUST)])
    expect(opened).toHaveLength(2)
  })

  test('that cannot be opened again is an error, not a reason to do without: keys are there', async () => {
    const opened = connections()
    const store = makeStore()
    await store.save('current', { keyPair: await sealedIn('rsa2048'), createdAt: 1 })
    ;(await opened[0]!).close()
    const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => failedRequest('UnknownError'))
    await expectCode(store.load('current'), 'unreadable', databaseName, 'UnknownError')
    await expectCode(store.set(ROUTER, TRUST), 'unwritable', databaseName)
    expect([store.volatile, warnings]).toEqual([false, []])
    open.mockRestore()
    expect(await store.list()).toEqual(['current'])
  })

  test('gives way to whoever deletes the database, and makes it anew', async () => {
    const store = makeStore()
    await store.set(ROUTER, TRUST)
    await deleteDatabase(databaseName)
    expect(await store.get(ROUTER)).toBeUndefined()
    await store.set(ROUTER, TRUST)
    expect(await makeStore().get(ROUTER)).toEqual(TRUST)
  })

  test('writes what outlasts a power failure', async () => {
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await makeStore().save('current', { keyPair: await sealedIn('rsa2048'), createdAt: 1 })
    const writing = begin.mock.calls.filter(([, mode]) => mode === 'readwrite')
    // What is only tried out need not; what gets a name must.
    expect(writing.map(([, , options]) => options?.durability)).toEqual(['relaxed', 'strict'])
  })
})

test('what a page that was closed has left half saved is removed by a later save', async () => {
  const hour = 60 * 60 * 1000
  const [old, young] = [Date.now() - 2 * hour, Date.now() - hour / 2]
  for (const time of [old, young]) await plant(databaseName, `staged:${time}:1-2`, { version: 1 })
  const store = makeStore()
  expect([await store.list(), await store.load('current')]).toEqual([[], undefined])
  await store.save('current', { keyPair: await sealedIn('rsa2048'), createdAt: 1 })
  expect([...(await contentOf(databaseName)).keys()]).toEqual(['key:current', `staged:${young}:1-2`])
})

test.each(['exists', 'not_found'])('a save that fails with %s leaves nothing behind', async (code) => {
  const store = makeStore()
  const record = { keyPair: await sealedIn('rsa2048'), createdAt: 1 }
  if (code === 'exists') await store.save('current', record)
  const before = [...(await contentOf(databaseName)).keys()]
  await expectCode(store.save('current', record, { replace: true, expected: 'sha256/a' }), code)
  expect([...(await contentOf(databaseName)).keys()]).toEqual(before)
})

test('a replacement that fails midway leaves everything as it was', async () => {
  const store = makeStore()
  const keyPair = await sealedIn('rsa2048')
  await store.save('current', { keyPair, createdAt: 1 })
  const before = [...(await contentOf(databaseName)).keys()]
  const { put } = IDBObjectStore.prototype
  const keys: unknown[] = []
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
    keys.push(key)
    if (key === 'key:current') throw new DOMException('Not now.', 'UnknownError')
    return put.call(this, value, key)
  })
  const record = { keyPair: await sealedIn('rsa3072'), createdAt: 2 }
  const options = { replace: true, keepAs: 'previous' }
  await expectCode(store.save('current', record, options), 'unwritable', 'UnknownError')
  expect(keys.slice(-2)).toEqual(['key:previous', 'key:current'])
  expect([...(await contentOf(databaseName)).keys()]).toEqual(before)
  await expectOpens(keyPair, (await store.load('current'))?.keyPair)
})
