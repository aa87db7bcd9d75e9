/** The life of a key: made, looked at, replaced, taken out and in again, as a person does it and as a script does. */
import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, stopAll } from './support/command.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'
import {
  contentOf,
  directoryOf,
  encryptedPem,
  expectFailure,
  expectNoPassword,
  fingerprintOfPem,
  jsonOf,
  openssl,
  OTHER_PASSWORD,
  PASSWORD,
  privateKeyIn,
  privateKeyPem,
  skipWithoutOpenssl,
} from './support/stored-keys.ts'

// Two RSA-4096 keys are generated in one of the tests.
const SLOW = 120_000
const KEY = { NOMYO_KEY_PASSWORD: PASSWORD }
const EXPORT = { ...KEY, NOMYO_EXPORT_PASSWORD: OTHER_PASSWORD }
const IMPORT = { ...KEY, NOMYO_IMPORT_PASSWORD: OTHER_PASSWORD }

interface Key {
  readonly environment: string
  readonly name: string
  readonly fingerprint: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly expired: boolean
  readonly encryption: string
  readonly iterations: number | null
  readonly privateKeyPath: string
  readonly mode: string
}

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutOpenssl(context)
})
afterEach(stopAll)
afterAll(removeDirectories)

test(
  'generate, rotate, list, export, and import elsewhere: the same fingerprint',
  { timeout: SLOW },
  async () => {
    const cwd = emptyDirectory()
    const made = await runToEnd(['keys', 'generate', '--json', '--password-fd', '3'], {
      cwd,
      descriptors: [`${PASSWORD}\n`],
    })
    const first = await jsonOf<Key>(made)
    expect(first).toMatchObject({
      ...{ environment: 'production', name: 'current', expired: false },
      ...{ encryption: 'password', iterations: 600_000, privateKeyPath: privateKeyIn(cwd) },
    })
    expect(Date.parse(first.expiresAt) - Date.parse(first.createdAt)).toBe(90 * 86_400_000)
    expect(made.stderr).toMatch(/RSA-4096/)
    const check = ['pkey', '-in', privateKeyIn(cwd), '-passin', 'env:P', '-noout', '-check', '-text']
    expect(openssl(check, { P: PASSWORD })).toMatch(/4096 bit[\s\S]*Key is valid|Key is valid[\s\S]*4096 bit/)
    if (process.platform !== 'win32') {
      expect(statSync(privateKeyIn(cwd)).mode & 0o777).toBe(0o600)
      expect(statSync(join(cwd, 'client_keys')).mode & 0o777).toBe(0o700)
    }

    const again = await runToEnd(['keys', 'generate', '--no-password'], { cwd })
    await expectFailure(again, 1, /already.*nomyo keys rotate/)

    const turned = await runToEnd(['keys', 'rotate', '--json'], { cwd, env: KEY })
    const second = await jsonOf<Key & { readonly previous: { fingerprint: string; keptUntil: string } }>(
      turned,
    )
    expect(second.previous.fingerprint).toBe(first.fingerprint)
    expect(second.fingerprint).not.toBe(first.fingerprint)
    expect(Date.parse(second.previous.keptUntil)).toBeGreaterThan(Date.now())

    const listed = await runToEnd(['keys', 'list', '--json'], { cwd })
    const { keys } = await jsonOf<{ readonly keys: readonly Key[] }>(listed)
    expect(keys.map(({ name, fingerprint, encryption }) => [name, fingerprint, encryption])).toEqual([
      ['current', second.fingerprint, 'password'],
      ['previous', first.fingerprint, 'password'],
    ])

    const file = join(emptyDirectory(), 'key.pem')
    const exported = await runToEnd(['keys', 'export', '--out', file], { cwd, env: EXPORT })
    expect((await exported.ended).code, exported.output).toBe(0)
    expect(exported.stdout).toBe('')
    expect(
      openssl(['pkey', '-in', file, '-passin', 'env:P', '-noout', '-check'], { P: OTHER_PASSWORD }),
    ).toMatch(/valid/)

    const elsewhere = emptyDirectory()
    const imported = await runToEnd(['keys', 'import', file, '--json'], { cwd: elsewhere, env: IMPORT })
    const third = await jsonOf<Key>(imported)
    expect(third).toMatchObject({
      fingerprint: second.fingerprint,
      encryption: 'password',
      iterations: 600_000,
    })
    expectNoPassword(made, again, turned, listed, exported, imported)
  },
)

test('show and list as a person reads them', async () => {
  const cwd = directoryOf(encryptedPem(PASSWORD))
  const fingerprint = fingerprintOfPem(privateKeyPem())
  const shown = await runToEnd(['keys', 'show'], { cwd })
  expect((await shown.ended).code, shown.output).toBe(0)
  expect(shown.stdout).toContain(`Key ${fingerprint}`)
  for (const words of [
    /private key +\/.*private_key\.pem/,
    /mode +0600/,
    /encryption +password, 600,000 iterations/,
  ]) {
    expect(shown.stdout).toMatch(words)
  }
  const listed = await runToEnd(['keys', 'list'], { cwd })
  expect((await listed.ended).code, listed.output).toBe(0)
  const [head, row, ...more] = listed.stdout.trimEnd().split('\n')
  expect(head).toMatch(/^ENVIRONMENT +NAME +FINGERPRINT +MADE +EXPIRES +ENCRYPTION$/)
  expect(row).toContain(fingerprint)
  expect(row).toMatch(/^production +current +sha256\/.*password, 600,000 iterations/)
  expect(more).toEqual([])
})

test('--max-age-days decides when a key has expired', async () => {
  const cwd = directoryOf(privateKeyPem())
  const fingerprint = fingerprintOfPem(privateKeyPem())
  const createdAt = Date.now() - 40 * 86_400_000
  writeFileSync(join(cwd, 'client_keys', 'private_key.json'), JSON.stringify({ fingerprint, createdAt }))
  const fresh = await jsonOf<Key>(await runToEnd(['keys', 'show', '--json'], { cwd }))
  expect(fresh).toMatchObject({ createdAt: new Date(createdAt).toISOString(), expired: false })
  const old = await runToEnd(['keys', 'show', '--json', '--max-age-days', '30'], { cwd })
  expect(await jsonOf<Key>(old)).toMatchObject({
    expiresAt: new Date(createdAt + 30 * 86_400_000).toISOString(),
    expired: true,
  })
  expect((await runToEnd(['keys', 'list', '--max-age-days', '30'], { cwd })).stdout).toMatch(/\(expired\)/)
})

test('environments are apart, and listed together', async () => {
  const cwd = directoryOf(privateKeyPem())
  writeFileSync(join(cwd, 'staging.pem'), privateKeyPem('second'))
  const args = ['keys', 'import', 'staging.pem', '--environment', 'staging', '--no-password', '--json']
  const imported = await jsonOf<Key>(await runToEnd(args, { cwd }))
  expect(imported.privateKeyPath).toBe(join(cwd, 'client_keys', 'staging', 'private_key.pem'))
  const all = await jsonOf<{ keys: readonly Key[] }>(await runToEnd(['keys', 'list', '--json'], { cwd }))
  expect(all.keys.map(({ environment, fingerprint }) => [environment, fingerprint])).toEqual([
    ['production', fingerprintOfPem(privateKeyPem())],
    ['staging', fingerprintOfPem(privateKeyPem('second'))],
  ])
  const one = await jsonOf<{ keys: readonly Key[] }>(
    await runToEnd(['keys', 'list', '--json', '--environment', 'staging'], { cwd }),
  )
  expect(one.keys.map(({ environment }) => environment)).toEqual(['staging'])
})

test('a key that cannot be described does not hide the others, and fails the list', async () => {
  const cwd = directoryOf(privateKeyPem())
  writeFileSync(privateKeyIn(cwd, 'previous_private_key.pem'), 'damaged', { mode: 0o600 })
  const command = await runToEnd(['keys', 'list', '--json'], { cwd })
  const { keys } = await jsonOf<{ keys: readonly object[] }>(command, 1)
  expect(keys).toEqual([
    expect.objectContaining({ name: 'current', fingerprint: fingerprintOfPem(privateKeyPem()) }),
    { environment: 'production', name: 'previous', error: expect.objectContaining({ code: 'unreadable' }) },
  ])
  const text = await runToEnd(['keys', 'list'], { cwd })
  expect((await text.ended).code).toBe(1)
  expect(text.stdout).toMatch(/previous .*unreadable/)
})

test.for(['damaged', ''])('corrupt, empty PEM not overwritten: %j', async (content) => {
  const cwd = directoryOf(content)
  writeFileSync(join(cwd, 'new.pem'), privateKeyPem('second'))
  const before = contentOf(cwd)
  for (const args of [
    ['generate', '--no-password'],
    ['rotate'],
    ['encrypt'],
    ['import', 'new.pem', '--no-password'],
    ['import', 'new.pem', '--no-password', '--replace'],
  ]) {
    const command = await runToEnd(['keys', ...args], { cwd, env: args.includes('--no-password') ? {} : KEY })
    await expectFailure(command, 1, /private_key\.pem|client_keys/)
    expect(contentOf(cwd), args.join(' ')).toEqual(before)
  }
})

test('0644 is refused, with the chmod that mends it', async (context) => {
  if (process.platform === 'win32') context.skip('file modes say nothing on Windows')
  const cwd = directoryOf(privateKeyPem())
  chmodSync(privateKeyIn(cwd), 0o644)
  await expectFailure(await runToEnd(['keys', 'show'], { cwd }), 1, /chmod 600 /)
  const { error } = await jsonOf<{ error: { code: string } }>(
    await runToEnd(['keys', 'rotate', '--json'], { cwd }),
    1,
  )
  expect(error.code).toBe('insecure_permissions')
})
