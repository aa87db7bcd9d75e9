/** The file of what is known of routers, when it is not what it should be. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ValidationError, type RouterTrust } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { expect, test } from 'vitest'
import { modeOf, newPlace, refusal } from './support/places.ts'

const URL = 'https://router.example'
const TRUST: RouterTrust = { fingerprints: ['sha256/a'], firstSeen: 1, highestProtocol: '1.0' }

function placeWith(content: string | Uint8Array): { dir: string; path: string } {
  const dir = newPlace()
  mkdirSync(dir)
  const path = join(dir, 'known_routers.json')
  writeFileSync(path, content)
  chmodSync(path, 0o600)
  return { dir, path }
}

test.each<[string, string | Uint8Array]>([
  ['empty', ''],
  ['cut short', `{"${URL}": {"fingerprints": ["sha`],
  ['not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d)],
  ['a list', '[]'],
  ['null', 'null'],
  ['__proto__ at the root', `{"__proto__": ${JSON.stringify(TRUST)}}`],
  ['__proto__, escaped', `{"\\u005f_proto__": ${JSON.stringify(TRUST)}}`],
  ['a router without fields', `{"${URL}": {}}`],
  ['a router without fingerprints', `{"${URL}": ${JSON.stringify({ ...TRUST, fingerprints: [] })}}`],
  ['fingerprints that are no text', `{"${URL}": ${JSON.stringify({ ...TRUST, fingerprints: [1] })}}`],
  ['an unknown protocol', `{"${URL}": ${JSON.stringify({ ...TRUST, highestProtocol: '0.1' })}}`],
  ['no time', `{"${URL}": ${JSON.stringify({ ...TRUST, firstSeen: '1' })}}`],
  ['damage at another router', `{"${URL}": ${JSON.stringify(TRUST)}, "https://two.example": 1}`],
  ['too large', `{}${' '.repeat(1024 * 1024)}`],
])('%s: an error for get and set, and the file stays', async (_, content) => {
  const { dir, path } = placeWith(content)
  const store = pemKeyStore({ dir })
  await refusal(store.get(URL), 'unreadable', path)
  await refusal(store.set(URL, TRUST), 'unreadable', path)
  expect(readFileSync(path).equals(Buffer.from(content))).toBe(true)
})

test.runIf(process.platform !== 'win32').each([0o620, 0o602, 0o666])(
  'mode %o is refused for get and set, and the message mends it',
  async (mode) => {
    const { dir, path } = placeWith('{}')
    const store = pemKeyStore({ dir })
    chmodSync(path, mode)
    await refusal(store.set(URL, TRUST), 'insecure_permissions', path)
    const message = await refusal(store.get(URL), 'insecure_permissions', path)
    expect(readFileSync(path, 'utf8')).toBe('{}')
    execFileSync('sh', ['-c', /chmod .*$/.exec(message)![0]])
    expect(modeOf(path)).toBe('0600')
    await store.set(URL, TRUST)
    expect(await store.get(URL)).toEqual(TRUST)
  },
)

test('that others can read what is known of routers is fine', async () => {
  const { dir, path } = placeWith('{}')
  chmodSync(path, 0o644)
  expect(await pemKeyStore({ dir }).get(URL)).toBeUndefined()
})

test('a symbolic link is not followed', async () => {
  const { dir, path } = placeWith('{}')
  const linked = newPlace()
  mkdirSync(linked)
  symlinkSync(path, join(linked, 'known_routers.json'))
  await refusal(pemKeyStore({ dir: linked }).set(URL, TRUST), 'unreadable', linked)
  expect(readFileSync(path, 'utf8')).toBe('{}')
  await pemKeyStore({ dir }).set(URL, TRUST)
  expect(await pemKeyStore({ dir }).get(URL)).toEqual(TRUST)
})

test('after a refusal the next call works', async () => {
  const { dir, path } = placeWith('damaged')
  const store = pemKeyStore({ dir })
  const refused = refusal(store.set(URL, TRUST), 'unreadable', path)
  await refused
  writeFileSync(path, '{}')
  await store.set(URL, TRUST)
  expect(await store.get(URL)).toEqual(TRUST)
})

test('what could not be read back is not written', async () => {
  const dir = newPlace()
  const store = pemKeyStore({ dir })
  await expect(store.set('__proto__', TRUST)).rejects.toThrow(ValidationError)
  await expect(store.set(URL, { ...TRUST, fingerprints: [] })).rejects.toThrow(ValidationError)
  await expect(store.set(URL, { ...TRUST, firstSeen: Number.NaN })).rejects.toThrow(ValidationError)
  expect(await store.get(URL)).toBeUndefined()
})
