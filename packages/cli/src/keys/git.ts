/** What git knows of a key directory: asked of git itself, never through a shell. */
import { execFile } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'

const KEY_FILES = ['private_key.pem', 'previous_private_key.pem']
const TIMEOUT = 10_000
/** Would lead git to another repository, as they do within its hooks; and passwords are none of its business. */
const NOT_FOR_GIT = /^(?:GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|PREFIX|OBJECT_DIRECTORY)$|NOMYO_)/

/** The top of the work tree that a real path lies in, if any. */
export function workTreeOf(path: string): string | undefined {
  // A file where the work tree is a submodule, or one of several of its repository.
  if (lstatSync(join(path, '.git'), { throwIfNoEntry: false }) !== undefined) return path
  const above = dirname(path)
  return above === path ? undefined : workTreeOf(above)
}

/** Whether no commit takes private keys of that directory along unasked; undefined if git cannot say. */
export async function isIgnored(top: string, directory: string): Promise<boolean | undefined> {
  let all = true
  for (const file of KEY_FILES) {
    const { code } = await git(top, ['check-ignore', '-q', '--no-index', '--', join(directory, file)])
    if (code !== 0 && code !== 1) return undefined
    all &&= code === 0
  }
  return all
}

/** The private keys of that directory that git keeps already, as paths from the top; none if git cannot say. */
export async function trackedKeys(top: string, directory: string): Promise<readonly string[]> {
  const files = KEY_FILES.map((file) => join(directory, file))
  const list = ['--literal-pathspecs', 'ls-files', '-z', '--full-name', '--', ...files]
  const { code, stdout } = await git(top, list)
  return code === 0 ? stdout.split('\0').filter(Boolean) : []
}

interface Answer {
  /** Undefined if git could not be run. */
  readonly code: number | undefined
  readonly stdout: string
}

function git(top: string, args: readonly string[]): Promise<Answer> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_FOR_GIT.test(name)))
  // A file system monitor is a program that the repository names.
  const whole = ['-C', top, '-c', 'core.fsmonitor=false', ...args]
  return new Promise((resolve) => {
    execFile('git', whole, { env, timeout: TIMEOUT, windowsHide: true }, (error, stdout) => {
      const code = error === null ? 0 : error.code
      resolve({ code: typeof code === 'number' ? code : undefined, stdout })
    })
  })
}
