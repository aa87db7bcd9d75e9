/** Keys that a commit could take along: the warning, and the offer to mend it. */
import { join } from 'node:path'
import { realPathOf } from '../real-path.js'
import { notice, warn } from '../terminal/notices.js'
import { askWhether } from '../terminal/questions.js'
import { isIgnored, trackedKeys, workTreeOf } from './git.js'
import { addLine, hasLine, ignorePattern, readGitIgnore } from './git-ignore.js'
import { commandLine, shellQuoted, type KeyCommand } from './key-command.js'

/**
 * Warns if the keys lie in a git work tree without being ignored, and adds them to its `.gitignore` if
 * `--gitignore` or a person says so. To be asked before anything is done, so that Ctrl-C changes nothing.
 * Gives whether no commit takes the keys along unasked.
 * @throws CommandFailure (130) for Ctrl-C, or if the `.gitignore` cannot be written.
 */
export async function guardFromGit(command: KeyCommand, directory: string): Promise<boolean> {
  const keys = realPathOf(directory)
  const top = workTreeOf(keys)
  if (top === undefined) return true
  await warnOfTracked(command, top, keys)
  const pattern = ignorePattern(top, realPathOf(command.dir)) ?? ignorePattern(top, keys)
  if (await isKeptOut(top, keys, pattern)) return true
  const danger = `${keys} lies in the git work tree ${top} and is not ignored: a commit could take the private key along.`
  if (pattern === undefined) warn(`${danger} Keep the keys elsewhere: --key-dir DIRECTORY.`)
  else if (await isWanted(command, danger, pattern)) return ignore(top, keys, pattern)
  else warn(`${danger} Say --gitignore, or add this line to ${join(top, '.gitignore')}: ${pattern}`)
  return false
}

async function ignore(top: string, keys: string, pattern: string): Promise<boolean> {
  await addLine(top, pattern)
  notice(`Added ${pattern} to ${join(top, '.gitignore')}.`)
  if ((await isIgnored(top, keys)) !== false) return true
  warn(`${keys} is still not ignored: another rule includes it again.`)
  return false
}

async function isWanted(
  { options, interactive }: KeyCommand,
  danger: string,
  pattern: string,
): Promise<boolean> {
  if (options.flag('gitignore')) return true
  return interactive && askWhether(`${danger} Add ${pattern} to its .gitignore?`)
}

/** What git says; where git cannot be asked, whether the line is there. */
async function isKeptOut(top: string, keys: string, pattern: string | undefined): Promise<boolean> {
  const answer = await isIgnored(top, keys)
  return answer ?? (pattern !== undefined && hasLine(await readGitIgnore(top), pattern))
}

async function warnOfTracked(command: KeyCommand, top: string, keys: string): Promise<void> {
  const tracked = await trackedKeys(top, keys)
  if (tracked.length === 0) return
  const paths = tracked.map((path) => shellQuoted(path)).join(' ')
  warn(
    `git keeps private keys: ${tracked.join(', ')}. Whoever has a copy of the repository may have them. Take them ` +
      `out with git -C ${shellQuoted(top)} rm --cached ${paths}; since its history keeps them, replace the key too: ` +
      commandLine(command, 'keys rotate'),
  )
}
