import { KeyStoreError, memoryKeyStore } from '@nomyo/core'
import type { KeyRecord, RouterTrust } from '@nomyo/core'
import { describe, expect, it } from 'vitest'
import { keyPair, type KeyName } from './keys.js'

async function record(name: KeyName, createdAt: number): Promise<KeyRecord> {
  return { keyPair: await keyPair(name), createdAt }
}

describe('memoryKeyStore', () => {
  it('is volatile, and takes keys that are not exportable', () => {
    const store = memoryKeyStore()
    expect(store.volatile).toBe(true)
    expect(store.needsExportableKeys ?? false).toBe(false)
  })

  it('is empty at first', async () => {
    const store = memoryKeyStore()
    expect(await store.load('current')).toBeUndefined()
    expect(await store.list()).toEqual([])
    expect(await store.get('https://a.example')).toBeUndefined()
    await expect(store.delete('current')).resolves.toBeUndefined()
  })

  it('keeps keys by name', async () => {
    const store = memoryKeyStore()
    const [current, previous] = await Promise.all([record('rsa2048', 2), record('rsa2048Other', 1)])
    await store.save('current', current)
    await store.save('previous', previous)
    expect([...(await store.list())].sort()).toEqual(['current', 'previous'])
    expect(await store.load('current')).toEqual(current)
    expect((await store.load('previous'))?.keyPair.privateKey).toBe(previous.keyPair.privateKey)
    await store.delete('current')
    expect(await store.list()).toEqual(['previous'])
    expect(await store.load('current')).toBeUndefined()
  })

  it('replaces a key only if it is told to', async () => {
    const store = memoryKeyStore()
    const [one, two] = await Promise.all([record('rsa2048', 1), record('rsa2048Other', 2)])
    await store.save('current', one)
    for (const options of [undefined, {}, { replace: false }]) {
      const error: unknown = await store.save('current', two, options).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(KeyStoreError)
      expect(error).toMatchObject({ code: 'exists' })
      expect(await store.load('current')).toEqual(one)
    }
    await store.save('current', two, { replace: true })
    expect(await store.load('current')).toEqual(two)
  })

  it.each(['__proto__', 'constructor', 'toString', ''])(
    'a name such as %j is a name like any other',
    async (name) => {
      const store = memoryKeyStore()
      expect(await store.load(name)).toBeUndefined()
      expect(await store.get(name)).toBeUndefined()
      await store.save(name, await record('rsa2048', 1))
      expect(await store.list()).toEqual([name])
    },
  )

  it('remembers routers apart from keys, and replaces what it knows of them', async () => {
    const store = memoryKeyStore()
    const trust: RouterTrust = { fingerprints: ['sha256/x'], firstSeen: 1, highestProtocol: '1.0' }
    await store.set('https://a.example', trust)
    expect(await store.get('https://a.example')).toEqual(trust)
    expect(await store.get('https://b.example')).toBeUndefined()
    expect(await store.list()).toEqual([])
    await store.set('https://a.example', { ...trust, highestProtocol: '2.0' })
    expect(await store.get('https://a.example')).toEqual({ ...trust, highestProtocol: '2.0' })
  })

  it('shares nothing with another', async () => {
    const [one, other] = [memoryKeyStore(), memoryKeyStore()]
    await one.save('current', await record('rsa2048', 1))
    expect(await other.list()).toEqual([])
  })
})
