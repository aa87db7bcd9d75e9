import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rollup/parseAst'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What the built JavaScript of each package may import. The linter holds the same on the sources. */
const ALLOWED: Record<string, readonly RegExp[]> = {
  'core': [],
  'keystore-indexeddb': [/^@nomyo\/core(\/|$)/, /^idb-keyval$/],
  'keystore-pem': [/^@nomyo\/core(\/|$)/, /^node:/],
  'client': [/^@nomyo\/core(\/|$)/, /^ofetch$/, /^eventsource-parser$/],
  'router': [/^@nomyo\/core(\/|$)/],
  'cli': [
    /^@nomyo\/(core|client|router|keystore-[a-z]+)(\/|$)/,
    /^@clack\/prompts$/,
    /^@redis\/client$/,
    /^citty$/,
    /^srvx(\/|$)/,
    /^node:/,
  ],
}

/** These run in browsers and Workers too. */
const EVERYWHERE = ['core', 'keystore-indexeddb', 'client', 'router']

const packages = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'package.json')),
)

const WITH_SOURCE = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
]

/** Every module name in a syntax tree; an import that is computed counts as one nobody can check. */
function importsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { type, source } = node as { type?: string; source?: { value?: string } | null }
  const own = type !== undefined && WITH_SOURCE.includes(type) && source ? [source.value ?? '(computed)'] : []
  return [...own, ...Object.values(node).flatMap(importsIn)]
}

function builtFiles(name: string): { file: string; code: string }[] {
  const dist = join(root, 'packages', name, 'dist')
  if (!existsSync(join(dist, 'index.js'))) return []
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => ({ file, code: readFileSync(join(dist, file), 'utf8') }))
}

describe.each(packages)('packages/%s', (name) => {
  test('imports only what the direction of the house allows', (ctx) => {
    const files = builtFiles(name)
    if (files.length === 0) ctx.skip(`packages/${name}/dist is not built: npm run build`)
    const allowed = ALLOWED[name]
    expect(allowed, 'a new package needs a line in ALLOWED').toBeDefined()
    const wrong = files.flatMap(({ file, code }) =>
      importsIn(parseAst(code))
        .filter((specifier) => !/^\.\.?\//.test(specifier) && !allowed?.some((one) => one.test(specifier)))
        .map((specifier) => `${file}: ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  // Not the command and not the key files, which are Node's.
  if (!EVERYWHERE.includes(name)) return

  test('does not mention node:', (ctx) => {
    const files = builtFiles(name)
    if (files.length === 0) ctx.skip(`packages/${name}/dist is not built: npm run build`)
    expect(files.filter(({ code }) => code.includes('node:')).map(({ file }) => file)).toEqual([])
  })
})

test('the core has no dependencies', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8')) as object
  expect(Object.keys(manifest).filter((key) => /dependencies$/i.test(key))).toEqual([])
})

test.each(['.', 'scripts/tools', 'scripts/site'])(
  'the lockfile in %s names no download address',
  (folder) => {
    const lines = readFileSync(join(root, folder, 'pnpm-lock.yaml'), 'utf8').split('\n')
    expect(lines.filter((line) => /https?:|tarball/i.test(line))).toEqual([])
  },
)
