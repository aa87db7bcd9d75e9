/** The lock of a directory: who waits, who goes on, and that it never stays. */
import { cpSync, lutimesSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { KeyRecord, RouterTrust } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildChild, type ChildProgram } from './support/child.ts'
import { testKeyBase64, testKeyPair, testRecord } from './support/keys.ts'
import { modeOf, newPlace, refusal } from './support/places.ts'

const URL = 'https://router.example'
const TRUST: RouterTrust = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '1.0' }

let child: ChildProgram
beforeAll(async () => {
  child = await buildChild()
})
afterAll(() => child.remove())

interface LockFile {
  readonly id: string
  readonly pid: number
  readonly place: string
}

async function savedPlace(): Promise<string> {
  const dir = newPlace()
  await pemKeyStore({ dir }).save('current', await testRecord('first', 1))
  return dir
}

const lockOf = (dir: string): string => join(dir, '.nomyo.lock')

/** What is there for a moment only. */
const hiddenIn = (dir: string): string[] => readdirSync(dir).filter((name) => name.startsWith('.'))

/** Makes a file look as if it had not changed for a minute. */
function age(path: string): void {
  const time = Date.now() / 1000 - 60
  lutimesSync(path, time, time)
}

/** Leaves the lock of a process that was killed while it held it. */
async function abandonLock(dir: string): Promise<void> {
  const holder = await child.start({ dir, does: 'hold' })
  holder.kill('SIGKILL')
  expect(await holder.outcome).toBe('killed')
  expect(hiddenIn(dir)).toHaveLength(1)
}

test('while a process holds it, loading goes on, saving waits for 10 s, and goes on when that process dies', async () => {
  const dir = await savedPlace()
  const store = pemKeyStore({ dir })
  const holder = await child.start({ dir, does: 'hold', umask: '777' })
  expect(modeOf(lockOf(dir))).toBe('0600')
  expect((await store.load('current'))?.createdAt).toBe(1)
  const start = Date.now()
  await refusal(store.set(URL, TRUST), 'busy', lockOf(dir))
  expect(Date.now() - start).toBeGreaterThan(9_000)
  expect(await store.get(URL)).toBeUndefined()
  const waiting = store.set(URL, TRUST)
  holder.kill('SIGKILL')
  await waiting
  expect(await store.get(URL)).toEqual(TRUST)
  expect(hiddenIn(dir)).toEqual([])
})

test('it is given back when what was to be done under it fails', async () => {
  const dir = await savedPlace()
  const store = pemKeyStore({ dir })
  writeFileSync(join(dir, 'known_routers.json'), 'damaged')
  await expect(store.set(URL, TRUST)).rejects.toThrow('damaged')
  expect(hiddenIn(dir)).toEqual([])
})

test('one directory has one lock, by whatever path', async () => {
  const dir = await savedPlace()
  const other = join(dirname(dir), 'link')
  symlinkSync(dir, other)
  const stores = [pemKeyStore({ dir }), pemKeyStore({ dir: other })]
  const urls = Array.from({ length: 20 }, (_, i) => `https://router-${i}.example`)
  await Promise.all(urls.map((url, i) => stores[i % 2]!.set(url, TRUST)))
  for (const url of urls) expect(await stores[0]!.get(url)).toEqual(TRUST)
})

describe('one that was abandoned', () => {
  test('is taken over by four processes at once without a loss', async () => {
    for (let round = 0; round < 3; round++) {
      const dir = await savedPlace()
      await abandonLock(dir)
      const startAt = Date.now() + 600
      const routers = [0, 1, 2, 3].map((process) =>
        Array.from({ length: 5 }, (_, i) => `https://router-${process}-${i}.example`),
      )
      await Promise.all(routers.map((urls) => child.run({ dir, does: 'remember', routers: urls, startAt })))
      const store = pemKeyStore({ dir })
      for (const url of routers.flat()) expect(await store.get(url), url).toBeDefined()
      expect(hiddenIn(dir)).toEqual([])
    }
  })

  test('is taken over although a process died while it did so', async () => {
    const dir = await savedPlace()
    await abandonLock(dir)
    const lock = JSON.parse(readFileSync(lockOf(dir), 'utf8')) as LockFile
    const claim = join(dir, `.nomyo.lock.${lock.id}`)
    writeFileSync(claim, JSON.stringify({ ...lock, id: '0123456789abcdef' }))
    await pemKeyStore({ dir }).set(URL, TRUST)
    expect(hiddenIn(dir)).toEqual([])
  })

  test.each<[string, (lock: LockFile) => string]>([
    ['by a process of another host', (lock) => JSON.stringify({ ...lock, place: 'elsewhere' })],
    ['by one whose number another has now', (lock) => JSON.stringify({ ...lock, pid: process.pid })],
    ['before it was written', () => ''],
    ['when the disk was full', (lock) => JSON.stringify(lock).slice(0, 10)],
    ['as no lock of ours', (lock) => JSON.stringify({ ...lock, id: '../../x', pid: -1, place: {} })],
  ])('%s is taken over when it is old', async (_, content) => {
    const dir = await savedPlace()
    await abandonLock(dir)
    const path = lockOf(dir)
    writeFileSync(path, content(JSON.parse(readFileSync(path, 'utf8')) as LockFile))
    age(path)
    await pemKeyStore({ dir }).set(URL, TRUST)
    expect(hiddenIn(dir)).toEqual([])
  })

  test('as a symbolic link is removed, never written through', async () => {
    const dir = await savedPlace()
    const victim = join(dirname(dir), 'victim')
    writeFileSync(victim, 'untouched')
    symlinkSync(victim, lockOf(dir))
    age(lockOf(dir))
    await pemKeyStore({ dir }).set(URL, TRUST)
    expect(readFileSync(victim, 'utf8')).toBe('untouched')
    expect(hiddenIn(dir)).toEqual([])
  })
})

test('a process that was stopped in mid-save, and lost the lock, changes nothing any more', async () => {
  const template = await savedPlace()
  const { fingerprint: expected } = (await testKeyPair('first')).publicKey
  const task = {
    key: testKeyBase64('second'),
    createdAt: 2,
    options: { replace: true, expected, keepAs: 'previous' },
  }
  const copy = (): string => {
    const dir = newPlace()
    cpSync(template, dir, { recursive: true })
    return dir
  }
  const all = Number(/(\d+) moments/.exec(await child.run({ ...task, dir: copy(), dieAt: -1 }))![1])
  const outcomes: string[] = []
  for (let stopAt = 2; stopAt < all; stopAt += 7) {
    const dir = copy()
    const store = pemKeyStore({ dir })
    const stopped = await child.start({ ...task, dir, stopAt })
    if (hiddenIn(dir).includes('.nomyo.lock')) age(lockOf(dir))
    await store.save('current', await testRecord('third', 3), { replace: true })
    stopped.kill('SIGCONT')
    outcomes.push((await stopped.outcome).split(' ')[1]!)
    const current: KeyRecord | undefined = await store.load('current')
    expect(current?.keyPair.publicKey.fingerprint, `${stopAt}`).toBe(
      (await testKeyPair('third')).publicKey.fingerprint,
    )
    expect(current?.createdAt).toBe(3)
    expect(hiddenIn(dir)).toEqual([])
  }
  expect(new Set(outcomes)).toContain('busy')
  expect(new Set(outcomes)).toContain('unwritable')
})
