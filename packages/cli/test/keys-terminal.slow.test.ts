/** What a person sees and types, in a real pseudo-terminal. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { skipUnlessBuilt } from './support/command.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'
import {
  contentOf,
  directoryOf,
  encryptedPem,
  expectNoPassword,
  openssl,
  OTHER_PASSWORD,
  PASSWORD,
  privateKeyIn,
  privateKeyPem,
  skipWithoutOpenssl,
} from './support/stored-keys.ts'
import { inTerminal, skipWithoutTerminal } from './support/terminal.ts'

const ENTER = '\r'
const CTRL_C = '\x03'
// Generates an RSA-4096 key.
const SLOW = 90_000

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutOpenssl(context)
  skipWithoutTerminal(context)
})
afterAll(removeDirectories)

function checked(cwd: string, password: string): string {
  return openssl(['pkey', '-in', privateKeyIn(cwd), '-passin', 'env:P', '-noout', '-check'], { P: password })
}

test('generate asks twice, once more after a slip, and shows no password', { timeout: SLOW }, async () => {
  const cwd = emptyDirectory()
  const session = await inTerminal(
    ['keys', 'generate'],
    [
      { expect: 'Password for the new key', type: PASSWORD + ENTER },
      { expect: 'The same again', type: OTHER_PASSWORD + ENTER },
      { expect: 'two different', type: '' },
      { expect: 'Password for the new key', type: PASSWORD + ENTER },
      { expect: 'The same again', type: PASSWORD + ENTER },
    ],
    { cwd },
  )
  expect(session.code, session.output).toBe(0)
  expect(session.output).toMatch(/Generating an RSA-4096 key/)
  expect(checked(cwd, PASSWORD)).toMatch(/valid/)
  expectNoPassword(session)
})

test('Ctrl-C at the first and at the second prompt: exit code 130, nothing made', async () => {
  const cwd = emptyDirectory()
  const first = await inTerminal(['keys', 'generate'], [{ expect: 'Password for', type: CTRL_C }], { cwd })
  const second = await inTerminal(
    ['keys', 'generate'],
    [
      { expect: 'Password for', type: PASSWORD + ENTER },
      { expect: 'The same again', type: CTRL_C },
    ],
    { cwd },
  )
  for (const session of [first, second]) {
    expect(session.code, session.output).toBe(130)
    expect(session.output).toMatch(/Nothing was changed/)
    expectNoPassword(session)
  }
  expect(existsSync(join(cwd, 'client_keys'))).toBe(false)
})

test('Ctrl-C while the key is generated: exit code 130, no key', { timeout: SLOW }, async () => {
  const cwd = emptyDirectory()
  const env = { NOMYO_KEY_PASSWORD: PASSWORD }
  const steps = [{ expect: 'Generating', type: CTRL_C }]
  const session = await inTerminal(['keys', 'generate'], steps, { cwd, env })
  expect(session.code, session.output).toBe(130)
  expect(existsSync(privateKeyIn(cwd))).toBe(false)
})

test('an empty password is not taken', async () => {
  const cwd = emptyDirectory()
  const session = await inTerminal(
    ['keys', 'generate'],
    [
      { expect: 'Password for', type: ENTER },
      { expect: 'not empty', type: CTRL_C },
    ],
    { cwd },
  )
  expect(session).toMatchObject({ code: 130, seen: 2 })
})

test('a wrong password at the prompt changes nothing', async () => {
  const cwd = directoryOf(encryptedPem(PASSWORD))
  const before = contentOf(cwd)
  const session = await inTerminal(['keys', 'rotate'], [{ expect: 'Password of', type: 'hunter2' + ENTER }], {
    cwd,
  })
  expect(session.code, session.output).toBe(1)
  expect(contentOf(cwd)).toEqual(before)
  expectNoPassword(session)
})

test('a private key is not shown in a terminal unasked', async () => {
  const cwd = directoryOf(privateKeyPem())
  const refused = await inTerminal(['keys', 'export'], [], { cwd })
  expect(refused.code, refused.output).toBe(2)
  expect(refused.output).toMatch(/--out FILE, or --stdout/)
  const asked = await inTerminal(['keys', 'export', '--stdout', '--no-password'], [], { cwd })
  expect(asked.output).toContain('-----END PRIVATE KEY-----')
})

test('prompts are on standard error: what is exported is the key alone', async () => {
  const cwd = directoryOf(encryptedPem(PASSWORD))
  const stdout = join(cwd, 'exported.pem')
  const session = await inTerminal(
    ['keys', 'export'],
    [
      { expect: 'Password of', type: PASSWORD + ENTER },
      { expect: 'Password for the exported key', type: OTHER_PASSWORD + ENTER },
      { expect: 'The same again', type: OTHER_PASSWORD + ENTER },
    ],
    { cwd, stdout },
  )
  expect(session.code, session.output).toBe(0)
  expect(readFileSync(stdout, 'utf8')).toMatch(
    /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n[\s\S]+-----END [A-Z ]+-----\n$/,
  )
  expect(
    openssl(['pkey', '-in', stdout, '-passin', 'env:P', '-noout', '-check'], { P: OTHER_PASSWORD }),
  ).toMatch(/valid/)
})

test('encrypt keeps the password where none is typed, and takes a new one', async () => {
  const cwd = directoryOf(encryptedPem(PASSWORD, 2048))
  const same = await inTerminal(
    ['keys', 'encrypt'],
    [
      { expect: 'Password of', type: PASSWORD + ENTER },
      { expect: 'New password', type: ENTER },
    ],
    { cwd },
  )
  expect(same.code, same.output).toBe(0)
  expect(checked(cwd, PASSWORD)).toMatch(/valid/)
  const other = await inTerminal(
    ['keys', 'encrypt'],
    [
      { expect: 'Password of', type: PASSWORD + ENTER },
      { expect: 'New password', type: OTHER_PASSWORD + ENTER },
      { expect: 'The same again', type: OTHER_PASSWORD + ENTER },
    ],
    { cwd },
  )
  expect(other.code, other.output).toBe(0)
  expect(checked(cwd, OTHER_PASSWORD)).toMatch(/valid/)
  expectNoPassword(same, other)
})

test('show offers to encrypt a key in clear: no by default', async () => {
  const cwd = directoryOf(privateKeyPem())
  const before = contentOf(cwd)
  const declined = await inTerminal(['keys', 'show'], [{ expect: 'Encrypt it now?', type: ENTER }], { cwd })
  expect(declined.code, declined.output).toBe(0)
  expect(contentOf(cwd)).toEqual(before)
  const accepted = await inTerminal(
    ['keys', 'show'],
    [
      { expect: 'Encrypt it now?', type: 'y' },
      { expect: 'Password for the key', type: PASSWORD + ENTER },
      { expect: 'The same again', type: PASSWORD + ENTER },
    ],
    { cwd },
  )
  expect(accepted.code, accepted.output).toBe(0)
  expect(accepted.output).toMatch(/600,000 iterations/)
  expect(checked(cwd, PASSWORD)).toMatch(/valid/)
})

test('the offer to add the keys to .gitignore', async (context) => {
  if (spawnSync('git', ['--version']).status !== 0) context.skip('git is not installed')
  const cwd = directoryOf(encryptedPem(PASSWORD))
  execFileSync('git', ['init', '-q'], { cwd, stdio: 'pipe' })
  const ignore = join(cwd, '.gitignore')
  // The question is wrapped to the width of the terminal.
  const steps = (type: string): { expect: string; type: string }[] => [{ expect: 'Yes', type }]
  const declined = await inTerminal(['keys', 'show'], steps('n'), { cwd })
  expect(declined.code, declined.output).toBe(0)
  expect(declined.output).toMatch(/Warning: /)
  expect(existsSync(ignore)).toBe(false)
  expect((await inTerminal(['keys', 'show'], steps(CTRL_C), { cwd })).code).toBe(130)
  expect(existsSync(ignore)).toBe(false)
  const accepted = await inTerminal(['keys', 'show'], steps('y'), { cwd })
  expect(accepted.code, accepted.output).toBe(0)
  expect(readFileSync(ignore, 'utf8')).toBe('/client_keys/\n')
  expect((await inTerminal(['keys', 'show'], [], { cwd })).output).not.toMatch(/git/)
})

test('--json asks nothing, even in a terminal', async () => {
  const cwd = directoryOf(encryptedPem(PASSWORD))
  const session = await inTerminal(['keys', 'rotate', '--json'], [], { cwd })
  expect(session.code).toBe(1)
  expect(session.output).toMatch(/^\{"error":\{"name":"KeyStoreError","code":"locked".*\}\}\r?\n$/)
})
