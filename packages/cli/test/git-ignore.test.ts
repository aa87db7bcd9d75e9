/** Lines of a `.gitignore`, judged by the real git. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { isIgnored, trackedKeys, workTreeOf } from '../src/keys/git.ts'
import { addLine, hasLine, ignorePattern } from '../src/keys/git-ignore.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'

afterAll(removeDirectories)

let top: string
beforeEach(({ skip }) => {
  if (spawnSync('git', ['--version']).status !== 0) skip('git is not installed')
  top = realpathSync(emptyDirectory())
  execFileSync('git', ['init', '-q'], { cwd: top, stdio: 'pipe' })
})

const ignoreFile = (): string => readFileSync(join(top, '.gitignore'), 'utf8')

test.for([
  'client_keys',
  'deep/er/keys',
  'with space',
  'space at the end ',
  'st*r',
  'question?',
  '[brackets]',
  'back\\slash',
  '!bang',
  '#hash',
  'größe 世界',
  '-dash',
])('the line for %j keeps out that directory, and not its neighbour', async (name) => {
  const directory = join(top, name)
  mkdirSync(directory, { recursive: true })
  expect(await isIgnored(top, directory)).toBe(false)
  await addLine(top, ignorePattern(top, directory)!)
  expect(await isIgnored(top, directory)).toBe(true)
  expect(await isIgnored(top, join(directory, 'staging'))).toBe(true)
  for (const other of ['neighbour', 'star', 'questions', 'b', 'deep/er/key', 'sub/client_keys']) {
    expect(await isIgnored(top, join(top, other)), other).toBe(false)
  }
})

test('the line for the top itself keeps out private keys and what a crash leaves of them, nothing else', async () => {
  await addLine(top, ignorePattern(top, top)!)
  const ignored = (file: string): boolean =>
    spawnSync('git', ['check-ignore', '-q', file], { cwd: top }).status === 0
  for (const file of ['private_key.pem', 'previous_private_key.pem', '.private_key.pem.0123.tmp']) {
    expect(ignored(file), file).toBe(true)
  }
  for (const file of ['public_key.pem', 'README.md']) expect(ignored(file), file).toBe(false)
})

test('no line can say a name with a line break, or a directory outside', () => {
  expect(ignorePattern(top, join(top, 'two\nlines'))).toBeUndefined()
  expect(ignorePattern(top, join(top, '..', 'outside'))).toBeUndefined()
})

describe('addLine', () => {
  test.for([
    [undefined, '/client_keys/\n'],
    ['', '/client_keys/\n'],
    ['dist/\n', 'dist/\n/client_keys/\n'],
    ['dist/', 'dist/\n/client_keys/\n'],
    ['dist/\r\nnode_modules/', 'dist/\r\nnode_modules/\r\n/client_keys/\r\n'],
    ['\uFEFFdist/\n', '\uFEFFdist/\n/client_keys/\n'],
  ] as const)('after %j', async ([before, after]) => {
    if (before !== undefined) writeFileSync(join(top, '.gitignore'), before)
    await addLine(top, '/client_keys/')
    expect(ignoreFile()).toBe(after)
    expect(await isIgnored(top, join(top, 'client_keys'))).toBe(true)
  })

  test('a link is not followed', async () => {
    writeFileSync(join(top, 'elsewhere'), 'dist/\n')
    symlinkSync('elsewhere', join(top, '.gitignore'))
    await expect(addLine(top, '/client_keys/')).rejects.toThrow(/\.gitignore.*\/client_keys\//)
    expect(readFileSync(join(top, 'elsewhere'), 'utf8')).toBe('dist/\n')
  })
})

test('hasLine knows whole lines only', () => {
  expect(hasLine('dist/\r\n/client_keys/\r\n', '/client_keys/')).toBe(true)
  expect(hasLine('\uFEFF/client_keys/', '/client_keys/')).toBe(true)
  expect(hasLine('# /client_keys/\n/client_keys/more\n', '/client_keys/')).toBe(false)
})

describe('the work tree', () => {
  test('is found from below, also where it has a file .git, and for a directory that is not there yet', () => {
    expect(workTreeOf(join(top, 'not', 'there'))).toBe(top)
    mkdirSync(join(top, 'module'))
    writeFileSync(join(top, 'module', '.git'), 'gitdir: ../.git/modules/module\n')
    expect(workTreeOf(join(top, 'module', 'keys'))).toBe(join(top, 'module'))
  })

  test('there is none above a directory of its own', () => {
    expect(workTreeOf(realpathSync(emptyDirectory()))).toBeUndefined()
  })

  test('of which git knows nothing, it cannot be said what is ignored', async () => {
    const odd = realpathSync(emptyDirectory())
    mkdirSync(join(odd, '.git'))
    expect(await isIgnored(odd, join(odd, 'client_keys'))).toBeUndefined()
    expect(await trackedKeys(odd, join(odd, 'client_keys'))).toEqual([])
  })
})

test('ignored and tracked are two things', async () => {
  const directory = join(top, 'client_keys')
  mkdirSync(directory)
  writeFileSync(join(directory, 'private_key.pem'), 'x')
  execFileSync('git', ['add', 'client_keys'], { cwd: top, stdio: 'pipe' })
  await addLine(top, '/client_keys/')
  expect(await isIgnored(top, directory)).toBe(true)
  expect(await trackedKeys(top, directory)).toEqual(['client_keys/private_key.pem'])
})
