/** Models that a project's own sources give as text, and which go past any fetch. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isJsonObject } from '@nomyo/core'
import { ok, warning, type Finding } from './finding.js'

const PACKAGES = ['ai', '@mastra/core']
const IMPORTS = /from\s+['"](?:ai|@mastra\/[\w/-]+)['"]/
/** As the gateway has them: who made the model, in small letters, and its name. */
const MODEL_AS_TEXT = /\bmodel:\s*(['"`])[a-z][a-z0-9-]*\/[^'"`\s]+\1/g
const SOURCE = /\.[mc]?[jt]sx?$/
const NOT_OURS = /^(?:\.|node_modules$|dist$|build$|out$|coverage$)/
const MAX_FILES = 5_000
const MAX_BYTES = 1024 * 1024
/** How many places are named. */
const NAMED = 5

/** Looks through the project in `directory`, if it depends on the AI SDK or on Mastra. */
export async function sourceFindings(directory: string = process.cwd()): Promise<readonly Finding[]> {
  if (!(await dependsOnThem(directory))) return []
  const check = 'gateway'
  const places: string[] = []
  for (const path of await sourcesIn(directory)) places.push(...(await placesIn(path, directory)))
  if (places.length === 0) return [ok(check, 'No source here gives the AI SDK a model as text.')]
  const more = places.length > NAMED ? ` and ${places.length - NAMED} more` : ''
  return [
    warning(
      check,
      `A model is given as text, and goes in clear to the AI gateway: ${places.slice(0, NAMED).join(', ')}${more}.`,
      'Give a model that is made with createSecureFetch, such as createOpenAICompatible({ …, fetch: createSecureFetch({ baseURL }) })(name).',
    ),
  ]
}

async function dependsOnThem(directory: string): Promise<boolean> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
    if (!isJsonObject(manifest)) return false
    const names = ['dependencies', 'devDependencies'].flatMap((key) => Object.keys(manifest[key] ?? {}))
    return PACKAGES.some((name) => names.includes(name))
  } catch {
    return false // no project, or none that can be read
  }
}

async function sourcesIn(directory: string): Promise<readonly string[]> {
  const found: string[] = []
  const directories = [directory]
  for (const current of directories) {
    for (const entry of await readdir(current, { withFileTypes: true }).catch(() => [])) {
      const path = join(current, entry.name)
      if (NOT_OURS.test(entry.name)) continue
      if (entry.isDirectory()) directories.push(path)
      else if (entry.isFile() && SOURCE.test(entry.name)) found.push(path)
      if (found.length >= MAX_FILES) return found
    }
  }
  return found
}

async function placesIn(path: string, directory: string): Promise<readonly string[]> {
  const { size } = await stat(path)
  if (size > MAX_BYTES) return []
  const text = await readFile(path, 'utf8')
  if (!IMPORTS.test(text)) return []
  return [...text.matchAll(MODEL_AS_TEXT)].map(({ index }) => {
    const line = text.slice(0, index).split('\n').length
    return `${relative(directory, path)}:${line}`
  })
}
