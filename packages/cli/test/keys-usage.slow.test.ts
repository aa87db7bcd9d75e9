/** The help of the commands for keys, and what they say to arguments that cannot be used. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, stopAll } from './support/command.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { expectFailure, expectNoPassword, jsonOf } from './support/stored-keys.ts'

const COMMANDS = ['generate', 'list', 'show', 'rotate', 'encrypt', 'export', 'import'] as const
const PLACE = ['--key-dir', '--environment', '--json']
const OPTIONS: Readonly<Record<(typeof COMMANDS)[number], readonly string[]>> = {
  generate: ['--password-fd', '--no-password', '--gitignore', '--max-age-days', 'NOMYO_KEY_PASSWORD'],
  list: ['--gitignore', '--max-age-days'],
  show: ['--name', '--public', '--gitignore', '--max-age-days'],
  rotate: ['--password-fd', '--gitignore', 'NOMYO_KEY_PASSWORD'],
  encrypt: ['--password-fd', '--new-password-fd', 'NOMYO_KEY_PASSWORD', 'NOMYO_NEW_KEY_PASSWORD'],
  export: ['--out', '--stdout', '--public', '--export-password-fd', '--no-password', 'NOMYO_EXPORT_PASSWORD'],
  import: ['<FILE>', '--replace', '--import-password-fd', '--no-password', 'NOMYO_IMPORT_PASSWORD'],
}

interface Failed {
  readonly error: { readonly name: string; readonly code: string; readonly message: string }
}

beforeEach(skipUnlessBuilt)
afterEach(stopAll)
afterAll(removeDirectories)

describe('help', () => {
  test.for([['keys'], ['keys', '--help'], ['--help', 'keys'], ['keys', '-h']])('%j', async (args) => {
    const command = await runToEnd(args)
    expect((await command.ended).code).toBe(0)
    if (args[0] === 'keys') expect(command.stdout).toMatch(/^USAGE nomyo keys /m)
    for (const name of args[0] === 'keys' ? COMMANDS : ['keys', 'fingerprint', 'trust', 'router']) {
      expect(command.stdout).toMatch(new RegExp(`^ +${name} `, 'm'))
    }
  })

  test.for(COMMANDS)('keys %s --help names every option', async (name) => {
    const command = await runToEnd(['keys', name, '--help'])
    expect((await command.ended).code).toBe(0)
    expect(command.stdout).toMatch(new RegExp(`^USAGE nomyo keys ${name}\\b`, 'm'))
    for (const word of [...PLACE, ...OPTIONS[name]]) expect(command.stdout).toContain(word)
  })

  test.for([
    ['fingerprint', ['<URL>', '--allow-http', '--hex', '--json']],
    ['trust', ['<URL>', '--allow-http', '--fingerprint', '--key-dir', '--environment', '--json']],
  ] as const)('%s --help names every option', async ([name, words]) => {
    const command = await runToEnd([name, '--help'])
    expect((await command.ended).code).toBe(0)
    expect(command.stdout).toMatch(new RegExp(`^USAGE nomyo ${name}\\b`, 'm'))
    for (const word of words) expect(command.stdout).toContain(word)
  })
})

test.for([
  [['keys', 'genrate'], /no command keys genrate.*nomyo keys --help/],
  [['keys', 'constructor'], /constructor/],
  [['keys', '--key-dir', 'x', 'generate'], /after the command.*nomyo keys --help/],
  [['keys', 'generate', '--no-pasword'], /--no-pasword/],
  [['keys', 'list', '--max-age-days', '0'], /--max-age-days/],
  [['keys', 'list', '--max-age-days', 'ninety'], /--max-age-days/],
  [['keys', 'list', '--environment', '../etc'], /environment/],
  [['keys', 'list', '--environment', 'keys.pem'], /environment/],
  [['keys', 'list', '--key-dir', ''], /dir/],
  [['keys', 'show', '--name', 'oldest'], /--name/],
  [['keys', 'import', 'one.pem', 'two.pem'], /more arguments/],
  [['keys', 'export', '--out', 'a.pem', '--stdout'], /--out.*--stdout/],
  [['trust', 'https://localhost:1'], /--fingerprint/],
  [['trust', 'https://localhost:1', '--fingerprint', 'sha256/short'], /fingerprint/],
  [['fingerprint', 'localhost:1'], /https/],
  [['fingerprint', 'https://user:hunter2@localhost:1'], /password|user name/],
] as const)('%j is wrong usage: one line, exit code 2, nothing made', async ([args, words]) => {
  const cwd = emptyDirectory()
  const command = await runToEnd(args, { cwd })
  await expectFailure(command, 2, words)
  expectNoPassword(command)
  expect(existsSync(join(cwd, 'client_keys'))).toBe(false)
})

test.for([['keys', 'import'], ['fingerprint'], ['trust']])(
  '%j says which argument is missing',
  async (args) => {
    const command = await runToEnd(args)
    await expectFailure(command, 2, /FILE|URL/)
  },
)

test.for([
  ['keys', 'generate', '--password', 'hunter2'],
  ['keys', 'generate', '--password=hunter2'],
  ['keys', 'generate', '--passphrase', 'hunter2'],
  ['keys', 'generate', '-pass', 'hunter2'],
  ['keys', 'export', '--export-password=hunter2'],
  ['keys', 'import', '--import-password', 'hunter2', 'key.pem'],
  ['keys', 'encrypt', '--new-password', 'hunter2'],
  ['keys', '--password', 'hunter2', 'generate'],
  ['--password=hunter2', 'keys', 'generate'],
])('a password in the arguments is refused with the reason, and not repeated: %j', async (args) => {
  const command = await runToEnd(args, { cwd: emptyDirectory() })
  await expectFailure(command, 2, /every user.*NOMYO_KEY_PASSWORD.*--password-fd/)
  expectNoPassword(command)
})

test.for([
  ['keys', 'generate', 'hunter2'],
  ['keys', 'generate', '--no-password', 'hunter2'],
  ['keys', 'generate', '--no-password=hunter2'],
  ['keys', 'generate', '--password-fd', 'hunter2'],
  ['keys', 'import', 'key.pem', 'hunter2'],
  ['keys', 'rotate', '-phunter2'],
])('what may be a password is not repeated: %j', async (args) => {
  const command = await runToEnd(args, { cwd: emptyDirectory() })
  await expectFailure(command, 2, /./)
  expectNoPassword(command)
})

test('a key without a password must be asked for', async () => {
  const cwd = emptyDirectory()
  await expectFailure(
    await runToEnd(['keys', 'generate'], { cwd }),
    2,
    /NOMYO_KEY_PASSWORD.*--password-fd.*--no-password/,
  )
  expect(existsSync(join(cwd, 'client_keys'))).toBe(false)
})

describe('--json', () => {
  test.for([
    [['keys', 'generate', '--json'], 2, 'CommandFailure', 'usage'],
    [['keys', 'generate', '--json', '--password', 'hunter2'], 2, 'CommandFailure', 'usage'],
    [['keys', 'generate', '--json', '--wrong'], 2, 'CommandFailure', 'usage'],
    [['keys', 'genrate', '--json'], 2, 'CommandFailure', 'usage'],
    [['--json', 'keys', 'list'], 2, 'CommandFailure', 'usage'],
    [['keys', 'import', '--json'], 2, 'CLIError', 'usage'],
    [['keys', 'import', 'missing.pem', '--no-password', '--json'], 1, 'CommandFailure', 'failed'],
    [['keys', 'show', '--json'], 1, 'KeyStoreError', 'not_found'],
    [['keys', 'rotate', '--json'], 1, 'KeyStoreError', 'not_found'],
    [['keys', 'encrypt', '--json'], 1, 'KeyStoreError', 'not_found'],
    [['keys', 'export', '--json'], 1, 'KeyStoreError', 'not_found'],
    [['keys', 'list', '--json', '--environment', '..'], 2, 'ValidationError', 'validation_failed'],
    [['fingerprint', 'http://localhost:1', '--json'], 1, 'SecurityError', 'insecure_transport'],
    [['fingerprint', 'https://localhost:1', '--json'], 1, 'APIConnectionError', 'connection_failed'],
    [['trust', 'https://localhost:1', '--json'], 2, 'CommandFailure', 'usage'],
  ] as const)('%j fails with one object and exit code %i', async ([args, code, name, word]) => {
    const command = await runToEnd(args, { cwd: emptyDirectory() })
    const { error } = await jsonOf<Failed>(command, code)
    expect(error).toMatchObject({ name, code: word })
    expect(error.message).not.toBe('')
    expect(command.stderr).not.toMatch(/^nomyo: /m)
    expectNoPassword(command)
  })

  test('a list of nothing is an empty list', async () => {
    const cwd = emptyDirectory()
    const answer = await jsonOf(await runToEnd(['keys', 'list', '--json'], { cwd }))
    expect(answer).toEqual({ directory: join(cwd, 'client_keys'), keys: [] })
    expect(existsSync(join(cwd, 'client_keys'))).toBe(false)
  })
})
