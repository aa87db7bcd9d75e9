/** Key directories that others can change, that cannot be written, that are full. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { RouterTrust } from '@nomyo/core'
import { pemKeyStore, type PemKeyStore } from '@nomyo/keystore-pem'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, type TestContext } from 'vitest'
import { buildChild, type ChildProgram } from './support/child.ts'
import { testKeyBase64, testKeyPair, testRecord } from './support/keys.ts'
import { modeOf, newPlace, refusal } from './support/places.ts'

const STRANGER = 65_534
const URL = 'https://router.example'
const TRUST: RouterTrust = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '1.0' }

let child: ChildProgram
beforeAll(async () => {
  child = await buildChild()
})
afterAll(() => child.remove())

function needsRoot({ skip }: TestContext): void {
  if (process.geteuid?.() !== 0) skip('only root can do that to a file')
}

async function savedPlace(): Promise<string> {
  const dir = newPlace()
  const store = pemKeyStore({ dir })
  await store.save('current', await testRecord('first', 1))
  await store.set(URL, TRUST)
  return dir
}

async function refusals(store: PemKeyStore, path: string): Promise<string[]> {
  return [
    await refusal(store.load('current'), 'insecure_permissions', path),
    await refusal(store.save('previous', await testRecord('second')), 'insecure_permissions', path),
    await refusal(store.describe('current'), 'insecure_permissions', path),
    await refusal(store.delete('current'), 'insecure_permissions', path),
    await refusal(store.get(URL), 'insecure_permissions', path),
    await refusal(store.set(URL, TRUST), 'insecure_permissions', path),
  ]
}

describe('a directory', () => {
  test.each([0o777, 0o770, 0o722, 0o702])(
    'with mode %o is refused, and the message mends it',
    async (mode) => {
      const dir = await savedPlace()
      chmodSync(dir, mode)
      const [message] = await refusals(pemKeyStore({ dir }), dir)
      execFileSync('sh', ['-c', /chmod .*$/.exec(message!)![0]])
      expect(statSync(dir).mode & 0o022).toBe(0)
      expect(await pemKeyStore({ dir }).load('current')).toBeDefined()
      expect(await pemKeyStore({ dir }).list()).toEqual(['current'])
    },
  )

  test.each([0o1777, 0o755, 0o750, 0o500])('with mode %o is fine', async (mode) => {
    const dir = await savedPlace()
    chmodSync(dir, mode)
    expect(await pemKeyStore({ dir }).load('current')).toBeDefined()
    expect(modeOf(dir)).toBe(mode.toString(8).padStart(4, '0'))
  })

  test('of another user is refused, and the message mends it', async (context) => {
    needsRoot(context)
    const dir = await savedPlace()
    chownSync(dir, STRANGER, STRANGER)
    const [message] = await refusals(pemKeyStore({ dir }), dir)
    execFileSync('sh', ['-c', /chown .*$/.exec(message!)![0]])
    expect(await pemKeyStore({ dir }).load('current')).toBeDefined()
  })
})

test.for(['known_routers.json', 'private_key.json'])(
  '%s of another user is refused',
  async (name, context) => {
    needsRoot(context)
    const dir = await savedPlace()
    const path = join(dir, name)
    chownSync(path, STRANGER, STRANGER)
    const store = pemKeyStore({ dir })
    const reading = name.startsWith('known') ? store.get(URL) : store.load('current')
    const message = await refusal(reading, 'insecure_permissions', path)
    execFileSync('sh', ['-c', /chown .*$/.exec(message)![0]])
    expect(statSync(path).uid).toBe(0)
  },
)

describe('where nothing can be written', () => {
  /** A file system that can only be read, with what is in `dir`. */
  function readOnly(dir: string, context: TestContext): string {
    needsRoot(context)
    const mounted = newPlace()
    mkdirSync(mounted)
    if (spawnSync('mount', ['--bind', dir, mounted]).status !== 0) context.skip('nothing can be mounted here')
    onTestFinished(() => void execFileSync('umount', [mounted]))
    execFileSync('mount', ['-o', 'remount,ro,bind', mounted])
    return mounted
  }

  test('a key loads, without its public key and record too', async (context) => {
    const dir = await savedPlace()
    for (const file of ['public_key.pem', 'private_key.json']) unlinkSync(join(dir, file))
    const store = pemKeyStore({ dir: readOnly(dir, context) })
    const before = Date.now()
    const record = await store.load('current')
    expect(record?.keyPair.publicKey.fingerprint).toBe((await testKeyPair('first')).publicKey.fingerprint)
    expect(record?.createdAt).toBeGreaterThanOrEqual(before)
    expect(await store.get(URL)).toEqual(TRUST)
    expect((await store.describe('current'))?.fingerprint).toBe(record?.keyPair.publicKey.fingerprint)
  })

  test('saving, deleting and remembering are a typed error', async (context) => {
    const dir = await savedPlace()
    const mounted = readOnly(dir, context)
    const store = pemKeyStore({ dir: mounted })
    await refusal(store.save('previous', await testRecord('second')), 'unwritable', mounted)
    await refusal(store.delete('current'), 'unwritable', mounted)
    await refusal(store.set(URL, TRUST), 'unwritable', mounted)
    await refusal(
      pemKeyStore({ dir: join(mounted, 'new') }).save('current', await testRecord('second')),
      'unwritable',
      mounted,
    )
  })
})

describe('disk full', () => {
  const FILES = ['private_key.json', 'private_key.pem', 'public_key.pem']

  test('on a small file system: the old key stays, and nothing of the new one', async (context) => {
    needsRoot(context)
    const dir = newPlace()
    mkdirSync(dir)
    const mount = ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'none', dir]
    if (spawnSync('mount', mount).status !== 0) context.skip('nothing can be mounted here')
    onTestFinished(() => void execFileSync('umount', [dir]))
    const store = pemKeyStore({ dir })
    await store.save('current', await testRecord('first', 1))
    const before = FILES.map((file) => readFileSync(join(dir, file), 'utf8'))
    expect(() => writeFileSync(join(dir, 'ballast'), new Uint8Array(64 * 1024))).toThrow('ENOSPC')

    const options = { replace: true, keepAs: 'previous' }
    const message = await refusal(
      store.save('current', await testRecord('second', 2), options),
      'unwritable',
      dir,
    )
    expect(message).toContain('ENOSPC')
    await refusal(store.set(URL, TRUST), 'unwritable', dir)
    expect(FILES.map((file) => readFileSync(join(dir, file), 'utf8'))).toEqual(before)
    expect(readdirSync(dir).sort()).toEqual(['ballast', ...FILES])
    expect((await store.load('current'))?.createdAt).toBe(1)

    // What is there can still be deleted, and then there is room.
    await store.delete('current')
    unlinkSync(join(dir, 'ballast'))
    await store.save('current', await testRecord('second', 2))
    expect((await store.load('current'))?.createdAt).toBe(2)
  })

  test('for large files only: the old key stays, and no half of the new one', async () => {
    const dir = await savedPlace()
    // One block is 512 or 1024 bytes: less than the private key takes, more than all else.
    const outcome = await child.runUnder(`trap '' XFSZ; ulimit -f 1; exec "$@"`, {
      dir,
      key: testKeyBase64('second'),
      createdAt: 2,
      options: { replace: true, keepAs: 'previous' },
    })
    expect(outcome).toBe('unwritable')
    expect((await pemKeyStore({ dir }).load('current'))?.createdAt).toBe(1)
    expect(readdirSync(dir).sort()).toEqual(['known_routers.json', ...FILES].sort())
  })
})
