/** What the documents tell people to type: every `nomyo …` has its options, every script and variable is there. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { BIN } from './support/command.ts'
import { documents, root, snippetsIn, spansIn, textOf, type Snippet } from './support/documents.ts'
import { commandsIn } from './support/shell-words.ts'

const snippets = documents.flatMap(snippetsIn)
const inLanguage = (language: string): Snippet[] => snippets.filter((one) => one.language === language)

/** Every command that a document shows, in a block or in a line. */
const shown = [...inLanguage('sh'), ...documents.flatMap(spansIn)].flatMap(({ code, place }) =>
  commandsIn(code).map((words) => ({ words: words[0] === 'npx' ? words.slice(1) : words, place })),
)
const starting = (program: string): typeof shown => shown.filter(({ words }) => words[0] === program)

/** The options and subcommands of a command, as it says itself. */
const known = new Map<string, { options: Set<string>; commands: string[] }>()
function helpOf(path: readonly string[]): { options: Set<string>; commands: string[] } {
  const name = path.join(' ')
  const before = known.get(name)
  if (before !== undefined) return before
  const text = execFileSync(process.execPath, [BIN, ...path, '--help'], { encoding: 'utf8' })
  const options = [...text.matchAll(/^\s*(--[a-z-]+)/gm)].map(([, option]) => option!)
  const commands = /USAGE nomyo(?: [a-z]+)* ([a-z]+(?:\|[a-z]+)+)/.exec(text)?.[1]?.split('|') ?? []
  const help = { options: new Set([...options, '--help', '--version']), commands }
  known.set(name, help)
  return help
}

/** What is wrong with a `nomyo …`, if anything. */
function complaintOf([, ...words]: readonly string[]): string | undefined {
  const path: string[] = []
  while (helpOf(path).commands.includes(words[path.length]!)) path.push(words[path.length]!)
  const { options, commands } = helpOf(path)
  const rest = words.slice(path.length)
  if (commands.length > 0 && rest.some((word) => /^[a-z]+$/.test(word))) return `no command ${rest[0]}`
  const unknown = rest.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]!)
  return unknown.find((option) => !options.has(option))
}

test('every nomyo command in the documents has its options', () => {
  const commands = starting('nomyo')
  expect(commands.length).toBeGreaterThan(60)
  const complaints = commands.map(({ words, place }) => ({ words, place, complaint: complaintOf(words) }))
  expect(complaints.filter(({ complaint }) => complaint !== undefined)).toEqual([])
})

test('every npm script in the documents is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const names = starting('npm').flatMap(({ words: [, verb, name], place }) => {
    if (verb === 'start' || verb === 'test') return [{ name: verb, place }]
    return verb === 'run' && name !== undefined ? [{ name, place }] : []
  })
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter(({ name }) => !Object.hasOwn(scripts, name))).toEqual([])
})

test('every file that the documents run with Node is there', () => {
  const files = starting('node').filter(({ words }) => /^[\w-]+\/.*\.m?js$/.test(words[1] ?? ''))
  expect(files.filter(({ words }) => !existsSync(join(root, words[1]!)))).toEqual([])
})

/** Ours alone: what is installed, and what other tests put there while they run, is not looked into. */
function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sourcesBelow(path)
    return /\.(?:ts|mjs)$/.test(entry.name) ? [path] : []
  })
}

test('every variable of ours in the documents is read somewhere', () => {
  const sources = ['packages', 'bench', 'scripts']
    .flatMap(sourcesBelow)
    .filter((file) => !file.includes('documents.test'))
  const read = new Set(sources.flatMap((file) => textOf(file).match(/NOMYO_[A-Z0-9_]*[A-Z0-9]/g) ?? []))
  const options = [...helpOf(['router']).options].map((option) =>
    option.slice(2).replaceAll('-', '_').toUpperCase(),
  )
  const settings = new Set(options.map((option) => `NOMYO_ROUTER_${option}`))
  // What the examples call their own, and the name that Node shows of a warning.
  const own = ['NOMYO_PRIVATE_KEY', 'NOMYO_PIN', 'NOMYO_UNENCRYPTED_KEY']
  const named = documents.flatMap((path) => textOf(path).match(/NOMYO_[A-Z0-9_]*[A-Z0-9]/g) ?? [])
  const isKnown = (name: string): boolean => read.has(name) || settings.has(name) || own.includes(name)
  expect([...new Set(named)].filter((name) => !isKnown(name))).toEqual([])
})

describe('snippets in other languages', () => {
  test.each(inLanguage('json'))('JSON at $place', ({ code }) => {
    expect(() => JSON.parse(code) as unknown).not.toThrow()
  })

  test.each(inLanguage('js'))('JavaScript at $place', async ({ code }) => {
    await expect(transform(code, { loader: 'js', format: 'esm' })).resolves.toBeDefined()
  })

  test('are none that nobody checks', () => {
    const checked = ['ts', 'js', 'sh', 'json']
    // What other programs read, or print.
    const others = ['gitignore', 'html', 'nginx', 'python', 'text', '']
    expect(snippets.filter(({ language }) => ![...checked, ...others].includes(language))).toEqual([])
  })
})
