/** The key files: who can reach them, how old they are, how well they are protected. */
import { CURRENT_KEY, NomyoError, PREVIOUS_KEY } from '@nomyo/core'
import { describeKey, protectionOf, type KeyDescription } from '../keys/description.js'
import { isIgnored, trackedKeys, workTreeOf } from '../keys/git.js'
import { commandLine, DAY, shellQuoted, storeOf, type KeyCommand } from '../keys/key-command.js'
import { realPathOf } from '../real-path.js'
import { ok, problem, warning, type Finding } from './finding.js'

const CHECK = 'keys'
/** The store's errors end with the command that mends it. */
const COMMAND = /(?:chmod|chown) .+$/s

/** Of the keys of an environment. Writes nothing and asks for no password. */
export async function keyFindings(command: KeyCommand): Promise<readonly Finding[]> {
  const store = storeOf(command)
  const names = await store.list()
  if (names.length === 0) {
    return [ok(CHECK, `No key in ${store.directory}: only protocol 1.0 needs one, and it is made then.`)]
  }
  const about = [CURRENT_KEY, PREVIOUS_KEY].filter((name) => names.includes(name))
  const findings = await Promise.all(about.map((name) => findingsOf(command, name)))
  return [...findings.flat(), ...(await gitFindings(command, store.directory))]
}

async function findingsOf(command: KeyCommand, name: string): Promise<readonly Finding[]> {
  try {
    const key = await describeKey(command, storeOf(command), name)
    return [filesOf(key), protection(command, key), ...(name === CURRENT_KEY ? [ageOf(command, key)] : [])]
  } catch (error) {
    if (!NomyoError.isInstance(error)) throw error
    const mend = COMMAND.exec(error.message)?.[0]
    return [problem(CHECK, error.message, mend ?? 'Put a backup in its place, or move the file away.')]
  }
}

function filesOf({ privateKeyPath, mode }: KeyDescription): Finding {
  return ok(CHECK, `${privateKeyPath}${mode === null ? '' : ` has mode ${mode}`}: nobody else can reach it.`)
}

function protection(command: KeyCommand, key: KeyDescription): Finding {
  const message = `The ${key.name} key’s encryption: ${protectionOf(key)}.`
  if (key.encryption === 'password') return ok(CHECK, message)
  return warning(CHECK, message, commandLine(command, 'keys encrypt'))
}

function ageOf(command: KeyCommand, { createdAt, expiresAt }: KeyDescription): Finding {
  if (createdAt === null || expiresAt === null) {
    return ok(CHECK, 'When the key was made is not recorded: it counts from its next use.')
  }
  const days = Math.floor((Date.now() - Date.parse(createdAt)) / DAY)
  const left = Math.ceil((Date.parse(expiresAt) - Date.now()) / DAY)
  if (left > 0) return ok(CHECK, `The key is ${days} days old; ${left} days until it is rotated.`)
  const message = `The key is ${days} days old, and should have been rotated: the next use over protocol 1.0 does it.`
  return warning(CHECK, message, commandLine(command, 'keys rotate'))
}

async function gitFindings(command: KeyCommand, directory: string): Promise<readonly Finding[]> {
  const keys = realPathOf(directory)
  const top = workTreeOf(keys)
  if (top === undefined) return []
  const tracked = await trackedKeys(top, keys)
  if (tracked.length > 0) {
    const paths = tracked.map(shellQuoted).join(' ')
    return [
      problem(
        'git',
        `git keeps private keys: ${tracked.join(', ')}.`,
        `git -C ${shellQuoted(top)} rm --cached ${paths}; then ${commandLine(command, 'keys rotate')}`,
      ),
    ]
  }
  if ((await isIgnored(top, keys)) !== false) return [ok('git', `${keys} is not taken along by commits.`)]
  const message = `${keys} lies in the git work tree ${top} and is not ignored: a commit could take the key along.`
  return [warning('git', message, commandLine(command, 'keys list --gitignore'))]
}
