/** What people read: every Markdown file that is a page of the site, and the snippets in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root: string = join(import.meta.dirname, '../../../..')

/** A block of code in a document. */
export interface Snippet {
  readonly language: string
  readonly code: string
  /** File and line, to find it. */
  readonly place: string
}

const isMarkdown = (file: string): boolean => file.endsWith('.md')

const READMES = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)
const DOCS = readdirSync(join(root, 'docs'))
  .filter(isMarkdown)
  .map((file) => `docs/${file}`)

/** Paths from the root; the README first. */
export const documents: readonly string[] = [
  'README.md',
  ...DOCS,
  ...READMES,
  ...['SECURITY.md', 'CONTRIBUTING.md', 'examples/README.md', 'deploy/README.md'],
]

export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

/** All blocks of code in a document, those in lists too. */
export function snippetsIn(path: string): Snippet[] {
  const text = textOf(path)
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map((match) => ({
    language: match[2]!,
    code: match[3]!.replaceAll(new RegExp(`^${match[1]!}`, 'gm'), ''),
    place: `${path}:${text.slice(0, match.index).split('\n').length + 1}`,
  }))
}

/** What stands between backticks outside of those blocks. */
export function spansIn(path: string): Snippet[] {
  const text = textOf(path).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, (block) => block.replaceAll(/[^\n]/g, ''))
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => ({
    language: '',
    code: match[1]!.replaceAll('\n', ' '),
    place: `${path}:${text.slice(0, match.index).split('\n').length}`,
  }))
}
