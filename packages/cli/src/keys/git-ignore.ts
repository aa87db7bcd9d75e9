/** The line of a `.gitignore` that keeps a key directory out, and how it gets there. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { CommandFailure } from '../failure.js'

/** Covers the private keys, and what a crash may have left of one. */
const AT_THE_TOP = '/*private_key.pem*'

/**
 * The pattern for a directory in the `.gitignore` at the top of its work tree; undefined if none can say it.
 * Both are real paths.
 */
export function ignorePattern(top: string, directory: string): string | undefined {
  const way = relative(top, directory)
  if (way === '') return AT_THE_TOP
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) || /[\r\n]/.test(way)) return undefined
  return `/${way
    .split(sep)
    .join('/')
    .replace(/[\\*?[]/g, String.raw`\$&`)}/`
}

/** Whether a `.gitignore` has that line. */
export function hasLine(content: string, line: string): boolean {
  return content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .includes(line)
}

/** What is in the `.gitignore` at the top; empty if there is none that can be read. */
export async function readGitIgnore(top: string): Promise<string> {
  try {
    const file = await open(pathIn(top), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    const content = await file.readFile('utf8')
    await file.close()
    return content
  } catch {
    return ''
  }
}

/**
 * Appends a line to the `.gitignore` at the top, which is made if there is none.
 * @throws CommandFailure if it cannot be written, or is a symbolic link, which git does not follow either.
 */
export async function addLine(top: string, line: string): Promise<void> {
  const path = pathIn(top)
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
  try {
    const file = await open(path, flags, 0o644)
    try {
      const content = await file.readFile('utf8')
      const end = content.includes('\r\n') ? '\r\n' : '\n'
      const isOpen = content !== '' && !content.endsWith('\n')
      await file.writeFile(`${isOpen ? end : ''}${line}${end}`)
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new CommandFailure(`${path} could not be written (${code}). Add this line to it: ${line}`)
  }
}

function pathIn(top: string): string {
  return join(top, '.gitignore')
}
