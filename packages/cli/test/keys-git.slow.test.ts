/** A key directory in a git work tree: the warning, `--gitignore`, and what git is told. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, stopAll } from './support/command.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'
import {
  directoryOf,
  encryptedPem,
  expectFailure,
  expectNoPassword,
  jsonOf,
  PASSWORD,
  privateKeyPem,
  skipWithoutOpenssl,
} from './support/stored-keys.ts'

const KEY = { NOMYO_KEY_PASSWORD: PASSWORD }
const WARNING =
  /^Warning: .*client_keys lies in the git work tree .* not ignored.*--gitignore.*\/client_keys\/$/m

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutOpenssl(context)
  if (spawnSync('git', ['--version']).status !== 0) context.skip('git is not installed')
})
afterEach(stopAll)
afterAll(removeDirectories)

/** A work tree with an encrypted key in `client_keys`. */
function workTree(pem = encryptedPem(PASSWORD)): string {
  const cwd = directoryOf(pem)
  git(cwd, 'init', '-q')
  return cwd
}

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, stdio: 'pipe' }).toString()
}

test.for([['list'], ['show'], ['encrypt'], ['import', '--replace', 'second.pem']])(
  'keys %j warns',
  async (args) => {
    const cwd = workTree()
    writeFileSync(join(cwd, 'second.pem'), privateKeyPem('second'))
    const command = await runToEnd(['keys', ...args], { cwd, env: KEY })
    expect((await command.ended).code, command.output).toBe(0)
    expect(command.stderr).toMatch(WARNING)
    expect(existsSync(join(cwd, '.gitignore'))).toBe(false)
  },
)

test('in --json the warning is on standard error, and the object alone on standard output', async () => {
  const command = await runToEnd(['keys', 'show', '--json'], { cwd: workTree() })
  await jsonOf(command)
  expect(command.stderr).toMatch(WARNING)
})

test('generate warns before it is too late, and rotate too', { timeout: 90_000 }, async () => {
  const cwd = emptyDirectory()
  git(cwd, 'init', '-q')
  const made = await runToEnd(['keys', 'generate', '--no-password'], { cwd })
  expect((await made.ended).code, made.output).toBe(0)
  expect(made.stderr).toMatch(WARNING)
  expect(made.stderr.indexOf('git work tree')).toBeLessThan(made.stderr.indexOf('Generating'))
  const rotated = await runToEnd(['keys', 'rotate', '--gitignore'], { cwd })
  expect((await rotated.ended).code, rotated.output).toBe(0)
  expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('/client_keys/\n')
})

test('--gitignore adds the line once, and then nothing is to be warned of', async () => {
  const cwd = workTree()
  writeFileSync(join(cwd, '.gitignore'), 'dist/')
  for (let i = 0; i < 2; i++) {
    const command = await runToEnd(['keys', 'show', '--gitignore'], { cwd })
    expect((await command.ended).code, command.output).toBe(0)
    expect(command.stderr).not.toMatch(/Warning/)
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('dist/\n/client_keys/\n')
  }
  expect((await runToEnd(['keys', 'list'], { cwd })).stderr).toBe('')
  expect(git(cwd, 'status', '--porcelain', '-uall')).toBe('?? .gitignore\n')
})

test.for(['*.pem\n', 'client_keys\n', '*private_key.pem\n'])('%j is enough', async (content) => {
  const cwd = workTree()
  writeFileSync(join(cwd, '.gitignore'), content)
  expect((await runToEnd(['keys', 'show'], { cwd })).stderr).toBe('')
})

test('a rule that covers the current key alone is not enough', async () => {
  const cwd = workTree()
  writeFileSync(join(cwd, '.gitignore'), '/client_keys/private_key.pem\n')
  expect((await runToEnd(['keys', 'show'], { cwd })).stderr).toMatch(WARNING)
})

test('a rule that includes the keys again is told of', async () => {
  const cwd = workTree()
  writeFileSync(join(cwd, 'client_keys', '.gitignore'), '!*.pem\n')
  writeFileSync(join(cwd, '.gitignore'), 'client_keys/*\n')
  const command = await runToEnd(['keys', 'show'], { cwd })
  expect(command.stderr).toMatch(WARNING)
})

test('keys that git keeps already are a stronger warning', async () => {
  const cwd = workTree()
  git(cwd, 'add', 'client_keys')
  writeFileSync(join(cwd, '.gitignore'), '/client_keys/\n')
  const command = await runToEnd(['keys', 'show'], { cwd })
  expect(command.stderr).toMatch(
    /^Warning: git keeps private keys: client_keys\/private_key\.pem.*rm --cached.*nomyo keys rotate/m,
  )
})

test('outside of a work tree nothing is said', async () => {
  expect((await runToEnd(['keys', 'show'], { cwd: directoryOf(encryptedPem(PASSWORD)) })).stderr).toBe('')
})

test('what counts is where the keys really are', async () => {
  const cwd = workTree()
  const outside = emptyDirectory()
  // A link in the work tree to keys outside of it is no danger,
  renameSync(join(cwd, 'client_keys'), join(outside, 'keys'))
  symlinkSync(join(outside, 'keys'), join(cwd, 'client_keys'))
  expect((await runToEnd(['keys', 'show'], { cwd })).stderr).toBe('')
  // and a link from outside to keys in the work tree is one.
  renameSync(join(outside, 'keys'), join(cwd, 'really'))
  symlinkSync(join(cwd, 'really'), join(outside, 'client_keys'))
  expect((await runToEnd(['keys', 'show'], { cwd: outside })).stderr).toMatch(/git work tree.*\/really\/$/m)
})

test('of another environment the whole key directory is ignored', async () => {
  const cwd = emptyDirectory()
  git(cwd, 'init', '-q')
  writeFileSync(join(cwd, 'key.txt'), privateKeyPem())
  const args = ['keys', 'import', 'key.txt', '--no-password', '--environment', 'staging', '--gitignore']
  const command = await runToEnd(args, { cwd })
  expect((await command.ended).code, command.output).toBe(0)
  expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('/client_keys/\n')
})

test('without git the warning is given all the same, unless the line is there', async () => {
  const cwd = workTree()
  const env = { PATH: emptyDirectory() }
  expect((await runToEnd(['keys', 'show'], { cwd, env })).stderr).toMatch(WARNING)
  for (let i = 0; i < 2; i++) {
    const command = await runToEnd(['keys', 'show', '--gitignore'], { cwd, env })
    expect((await command.ended).code, command.output).toBe(0)
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('/client_keys/\n')
  }
})

test('a .gitignore that cannot be written is a failure, and nothing else is done', async () => {
  const cwd = workTree(privateKeyPem())
  mkdirSync(join(cwd, '.gitignore'))
  const before = readFileSync(join(cwd, 'client_keys', 'private_key.pem'))
  const command = await runToEnd(['keys', 'encrypt', '--gitignore'], { cwd, env: KEY })
  await expectFailure(command, 1, /\.gitignore could not be written.*\/client_keys\//)
  expect(readFileSync(join(cwd, 'client_keys', 'private_key.pem'))).toEqual(before)
})

test('git gets no password, and answers for this work tree even within a hook of another', async () => {
  const cwd = workTree()
  const other = emptyDirectory()
  git(other, 'init', '-q')
  const bin = realpathSync(emptyDirectory())
  const log = join(bin, 'log')
  const real = execFileSync('sh', ['-c', 'command -v git']).toString().trim()
  const spy = `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >> '${log}'\nexec '${real}' "$@"\n`
  writeFileSync(join(bin, 'git'), spy, { mode: 0o755 })
  const env = {
    ...KEY,
    NOMYO_NEW_KEY_PASSWORD: PASSWORD,
    PATH: `${bin}:${process.env['PATH']}`,
    GIT_DIR: join(other, '.git'),
  }
  const command = await runToEnd(['keys', 'encrypt', '--gitignore'], { cwd, env })
  expect((await command.ended).code, command.output).toBe(0)
  expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('/client_keys/\n')
  const told = readFileSync(log, 'utf8')
  expect(told).toContain('check-ignore')
  expectNoPassword({ output: told })
})
