/** Keys that leave the store and come into it: what is written, where to, and what is never overwritten. */
import { spawnSync } from 'node:child_process'
import { existsSync, openSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { BIN, environmentWith, runToEnd, skipUnlessBuilt, stopAll } from './support/command.ts'
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
  publicPemOf,
  skipWithoutOpenssl,
} from './support/stored-keys.ts'

const KEY = { NOMYO_KEY_PASSWORD: PASSWORD }
const EXPORT = { ...KEY, NOMYO_EXPORT_PASSWORD: OTHER_PASSWORD }
const IMPORT = { ...KEY, NOMYO_IMPORT_PASSWORD: OTHER_PASSWORD }

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutOpenssl(context)
})
afterEach(stopAll)
afterAll(removeDirectories)

test('show --public prints the public key alone, with no password, and export --public writes it', async () => {
  const cwd = directoryOf(encryptedPem(PASSWORD))
  const expected = publicPemOf(privateKeyPem())
  for (const args of [
    ['show', '--public'],
    ['export', '--public'],
  ]) {
    const command = await runToEnd(['keys', ...args], { cwd })
    expect(command.stdout, command.stderr).toBe(expected)
    expect((await command.ended).code).toBe(0)
  }
  const written = await runToEnd(['keys', 'export', '--public', '--out', 'public.pem', '--json'], { cwd })
  expect(await jsonOf(written)).toEqual({
    ...{ fingerprint: fingerprintOfPem(expected), kind: 'public', encrypted: false },
    path: join(cwd, 'public.pem'),
  })
  expect(readFileSync(join(cwd, 'public.pem'), 'utf8')).toBe(expected)
})

test('export never overwrites, follows no link, and writes with mode 0600', async () => {
  const cwd = directoryOf(privateKeyPem())
  const args = ['keys', 'export', '--out', 'out.pem']
  const env = { NOMYO_EXPORT_PASSWORD: OTHER_PASSWORD }
  writeFileSync(join(cwd, 'out.pem'), 'precious')
  await expectFailure(await runToEnd(args, { cwd, env }), 1, /out\.pem exists/)
  expect(readFileSync(join(cwd, 'out.pem'), 'utf8')).toBe('precious')

  symlinkSync('nowhere.pem', join(cwd, 'link.pem'))
  await expectFailure(
    await runToEnd(['keys', 'export', '--out', 'link.pem'], { cwd, env }),
    1,
    /link\.pem exists/,
  )
  expect(existsSync(join(cwd, 'nowhere.pem'))).toBe(false)

  const command = await runToEnd(['keys', 'export', '--out', 'new.pem'], { cwd, env })
  expect((await command.ended).code, command.output).toBe(0)
  if (process.platform !== 'win32') expect(statSync(join(cwd, 'new.pem')).mode & 0o777).toBe(0o600)
  await expectFailure(
    await runToEnd(['keys', 'export', '--out', 'no/such/new.pem'], { cwd, env }),
    1,
    /ENOENT/,
  )
})

test('export to a pipe gives the PEM alone; in clear only if --no-password is said, with a warning', async () => {
  const cwd = directoryOf(encryptedPem(PASSWORD))
  await expectFailure(await runToEnd(['keys', 'export'], { cwd, env: KEY }), 2, /NOMYO_EXPORT_PASSWORD/)
  const sealed = await runToEnd(['keys', 'export'], { cwd, env: EXPORT })
  expect(sealed.stdout).toMatch(
    /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n[\s\S]*-----END ENCRYPTED PRIVATE KEY-----\n$/,
  )
  const clear = await runToEnd(['keys', 'export', '--no-password'], { cwd, env: KEY })
  expect(clear.stderr).toMatch(/^Warning: .*not encrypted/m)
  expect(fingerprintOfPem(clear.stdout)).toBe(fingerprintOfPem(privateKeyPem()))
  const object = await jsonOf(await runToEnd(['keys', 'export', '--json'], { cwd, env: EXPORT }))
  expect(object).toMatchObject({
    kind: 'private',
    encrypted: true,
    pem: expect.stringContaining('ENCRYPTED'),
  })
  expectNoPassword(sealed, clear)
})

test('what standard output cannot take is a failure', async (context) => {
  if (!existsSync('/dev/full')) context.skip('this machine has no /dev/full')
  const stdio = ['ignore', openSync('/dev/full', 'w'), 'pipe'] as const
  const args = [BIN, 'keys', 'export', '--public']
  const cwd = directoryOf(privateKeyPem())
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env: environmentWith(),
    stdio: [...stdio],
  })
  expect(String(stderr)).toMatch(/^nomyo: .*ENOSPC/m)
  expect(status).toBe(1)
})

test('import reads standard input, and a key that has a password of its own', async () => {
  const cwd = emptyDirectory()
  const args = ['keys', 'import', '-', '--json']
  const command = await runToEnd(args, { cwd, env: IMPORT, input: encryptedPem(OTHER_PASSWORD, 1000) })
  expect(await jsonOf(command)).toMatchObject({
    ...{ fingerprint: fingerprintOfPem(privateKeyPem()), encryption: 'password', iterations: 600_000 },
  })
  expect(
    openssl(['pkey', '-in', privateKeyIn(cwd), '-passin', 'env:P', '-noout', '-check'], { P: PASSWORD }),
  ).toMatch(/valid/)
  expectNoPassword(command)
})

test('import refuses where there is a key, and with --replace keeps it as the previous one', async () => {
  const cwd = directoryOf(encryptedPem(PASSWORD))
  writeFileSync(join(cwd, 'new.pem'), privateKeyPem('second'))
  const before = contentOf(cwd)
  await expectFailure(await runToEnd(['keys', 'import', 'new.pem'], { cwd, env: KEY }), 1, /already/)
  expect(contentOf(cwd)).toEqual(before)

  writeFileSync(join(cwd, 'same.pem'), privateKeyPem())
  await expectFailure(
    await runToEnd(['keys', 'import', 'same.pem', '--replace'], { cwd, env: KEY }),
    1,
    /already/,
  )
  expect(contentOf(cwd)).toEqual(before)

  const replaced = await runToEnd(['keys', 'import', 'new.pem', '--replace', '--json'], { cwd, env: KEY })
  expect(await jsonOf(replaced)).toMatchObject({ fingerprint: fingerprintOfPem(privateKeyPem('second')) })
  const previous = await runToEnd(['keys', 'show', '--name', 'previous', '--json'], { cwd })
  expect(await jsonOf(previous)).toMatchObject({
    fingerprint: fingerprintOfPem(privateKeyPem()),
    encryption: 'password',
  })
})
