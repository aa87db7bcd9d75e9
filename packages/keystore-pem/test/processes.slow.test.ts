/** Processes that work in one directory at once, and processes that die while they do. */
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import type { KeyRecord, RouterTrust } from '@nomyo/core'
import { pemKeyStore, type PemKeyStore } from '@nomyo/keystore-pem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildChild, type ChildProgram } from './support/child.ts'
import type { ChildTask } from './support/child-process.ts'
import { testKeyBase64, testKeyPair, testRecord } from './support/keys.ts'
import { newPlace } from './support/places.ts'

const FILES = ['private_key.json', 'private_key.pem', 'public_key.pem']
const URL = 'https://router.example'
const TRUST: RouterTrust = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '1.0' }
/** Long enough for a process to get ready. */
const START_MS = 700

let child: ChildProgram
beforeAll(async () => {
  child = await buildChild()
})
afterAll(() => child.remove())

/** Runs the tasks at the same moment. */
function race(tasks: readonly ChildTask[]): Promise<string[]> {
  const startAt = Date.now() + START_MS
  return Promise.all(tasks.map((task) => child.run({ ...task, startAt })))
}

const fingerprintOf = (record: KeyRecord | undefined): string | undefined =>
  record?.keyPair.publicKey.fingerprint

describe('four processes racing', { timeout: 120_000 }, () => {
  test('that save on an empty directory end with one key', async () => {
    const names = ['first', 'second', 'third', 'fourth'] as const
    for (let round = 0; round < 3; round++) {
      const dir = newPlace()
      const outcomes = await race(
        names.map((name, createdAt) => ({ dir, key: testKeyBase64(name), createdAt })),
      )
      const words = outcomes.map((outcome) => outcome.split(' ')[0]).sort()
      expect(words).toEqual(['exists', 'exists', 'exists', 'saved'])
      const winner = outcomes.findIndex((outcome) => outcome.startsWith('saved'))
      const record = await pemKeyStore({ dir }).load('current')
      expect(fingerprintOf(record)).toBe((await testKeyPair(names[winner]!)).publicKey.fingerprint)
      expect(record?.createdAt).toBe(winner)
      expect(readdirSync(dir).sort()).toEqual(FILES)
    }
  })

  test.each([undefined, 'secret'])('that need a key end with one key (password: %s)', async (password) => {
    const dir = newPlace()
    const task: ChildTask = { dir, does: 'current', ...(password === undefined ? {} : { password }) }
    const outcomes = await race([task, task, task, task])
    const record = await pemKeyStore(password === undefined ? { dir } : { dir, password }).load('current')
    expect(new Set(outcomes)).toEqual(new Set([fingerprintOf(record)]))
    expect(readdirSync(dir).sort()).toEqual(FILES)
  })

  test.each([undefined, 'secret'])(
    'that rotate at once end with one new current, and the old as previous (password: %s)',
    async (password) => {
      const dir = newPlace()
      const store = pemKeyStore(password === undefined ? { dir } : { dir, password })
      await store.save('current', await testRecord('first', 1))
      const task: ChildTask = { dir, does: 'rotate', ...(password === undefined ? {} : { password }) }
      const outcomes = await race([task, task, task, task])
      const [current, previous] = [await store.load('current'), await store.load('previous')]
      expect(fingerprintOf(previous)).toBe((await testKeyPair('first')).publicKey.fingerprint)
      expect(previous?.createdAt).toBe(1)
      expect(new Set(outcomes)).toEqual(new Set([fingerprintOf(current)]))
      expect(fingerprintOf(current)).not.toBe(fingerprintOf(previous))
    },
  )

  test('that remember routers at once lose none', async () => {
    const dir = newPlace()
    const routers = (process: number): string[] =>
      Array.from({ length: 30 }, (_, i) => `https://router-${process}-${i}.example`)
    const outcomes = await race([0, 1, 2, 3].map((i) => ({ dir, does: 'remember', routers: routers(i) })))
    expect(outcomes).toEqual(Array(4).fill('remembered'))
    const store = pemKeyStore({ dir })
    const known = await Promise.all([0, 1, 2, 3].flatMap(routers).map((url) => store.get(url)))
    expect(known.filter((trust) => trust !== undefined)).toHaveLength(120)
  })
})

describe('kill −9 in mid-save', { timeout: 120_000 }, () => {
  interface Scene {
    readonly password?: string
    /** Whether there is a key to be replaced. */
    readonly replaces: boolean
    readonly keepAs?: string
  }

  function storeIn(dir: string, { password }: Scene): PemKeyStore {
    return pemKeyStore(password === undefined ? { dir } : { dir, password, onWarning: () => undefined })
  }

  /** A directory to start from, copied for every moment. */
  async function templateOf(scene: Scene): Promise<string> {
    const dir = newPlace()
    const store = storeIn(dir, scene)
    if (scene.replaces) await store.save('current', await testRecord('first', 1))
    if (scene.keepAs !== undefined) await store.save(scene.keepAs, await testRecord('third', 0))
    else mkdirSync(dir, { recursive: true })
    return dir
  }

  /** Kills a process at that moment of its save: which key is there then; undefined if it was not killed. */
  async function killAt(
    dieAt: number,
    template: string,
    scene: Scene,
  ): Promise<'none' | 'old' | 'new' | undefined> {
    const dir = newPlace()
    cpSync(template, dir, { recursive: true })
    const { publicKey: old } = await testKeyPair('first')
    const { publicKey: fresh } = await testKeyPair('second')
    const outcome = await child.run({
      dir,
      key: testKeyBase64('second'),
      createdAt: 2,
      dieAt,
      ...(scene.password === undefined ? {} : { password: scene.password }),
      options: scene.replaces
        ? {
            replace: true,
            expected: old.fingerprint,
            ...(scene.keepAs === undefined ? {} : { keepAs: scene.keepAs }),
          }
        : {},
    })
    if (outcome !== 'killed') return undefined
    const store = storeIn(dir, scene)
    const current = await store.load('current')
    const state = current === undefined ? 'none' : fingerprintOf(current) === old.fingerprint ? 'old' : 'new'
    expect(fingerprintOf(current)).toBe(
      { none: undefined, old: old.fingerprint, new: fresh.fingerprint }[state],
    )
    if (state === 'old') expect(current?.createdAt).toBe(1)
    if (state === 'new' && scene.keepAs !== undefined) {
      expect(fingerprintOf(await store.load(scene.keepAs))).toBe(old.fingerprint)
    }
    // The lock of the dead stands in nobody's way, and half a key does not stay.
    await store.set(URL, TRUST)
    expect(readdirSync(dir).filter((name) => name.startsWith('.'))).toEqual([])
    return state
  }

  /** How often each state was found, over all moments or `count` of them, spread over the save. */
  async function killAtMoments(scene: Scene, count = Infinity): Promise<Record<string, number>> {
    const template = await templateOf(scene)
    const place = newPlace()
    cpSync(template, place, { recursive: true })
    const moments = await momentsOf(place, scene)
    const step = Math.max(1, moments / count)
    const queue = Array.from({ length: Math.min(count, moments) }, (_, i) => Math.floor(i * step))
    const states: Record<string, number> = { none: 0, old: 0, new: 0, undefined: 0 }
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        states[String(await killAt(next, template, scene))]!++
      }
    }
    await Promise.all([work(), work(), work(), work()])
    return states
  }

  async function momentsOf(dir: string, scene: Scene): Promise<number> {
    const outcome = await child.run({
      dir,
      key: testKeyBase64('second'),
      dieAt: -1,
      ...(scene.password === undefined ? {} : { password: scene.password }),
      options: { replace: scene.replaces, ...(scene.keepAs === undefined ? {} : { keepAs: scene.keepAs }) },
    })
    return Number(/(\d+) moments/.exec(outcome)![1])
  }

  test('at 200 moments without a password: no key or a whole one, old or new, never neither', async () => {
    const scenes: Scene[] = [{ replaces: false }, { replaces: true }, { replaces: true, keepAs: 'previous' }]
    const [first, replaced, kept] = await Promise.all(scenes.map((scene) => killAtMoments(scene)))
    expect(
      [first, replaced, kept].flatMap((states) => Object.values(states!)).reduce((sum, n) => sum + n),
    ).toBeGreaterThanOrEqual(200)
    expect([first!.undefined, replaced!.undefined, kept!.undefined]).toEqual([0, 0, 0])
    expect([first!.old, replaced!.none, kept!.none]).toEqual([0, 0, 0])
    for (const count of [first!.none, first!.new, replaced!.old, replaced!.new, kept!.old, kept!.new]) {
      expect(count).toBeGreaterThan(3)
    }
  })

  test('at 10 moments with a password: the old key or the new one, never neither', async () => {
    const states = await killAtMoments({ password: 'secret', replaces: true, keepAs: 'previous' }, 10)
    expect(states).toMatchObject({ none: 0, undefined: 0 })
    expect(states.old! + states.new!).toBe(10)
    expect(Math.min(states.old!, states.new!)).toBeGreaterThan(0)
  })
})
