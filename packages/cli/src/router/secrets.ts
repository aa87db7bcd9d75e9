/** The router's secrets: in variables, or in files that variables name. */
import { closeSync, openSync, readSync } from 'node:fs'
import { usageFailure } from '../failure.js'
import { KEY_PASSWORD } from '../keys/password.js'
import { KEY_VARIABLE, OTHER_KEY_VARIABLE, OTHER_PASSWORD_VARIABLE } from './keys-in-environment.js'

/** Each of them, with `_FILE` after it, names a file that holds it. */
const SECRETS: readonly string[] = [
  KEY_PASSWORD.variable,
  KEY_VARIABLE,
  OTHER_KEY_VARIABLE,
  OTHER_PASSWORD_VARIABLE,
  'NOMYO_ROUTER_API_KEYS',
  'NOMYO_REPLAY_STORE_PASSWORD',
  'NOMYO_UPSTREAM_API_KEY',
]

/** More bytes than any of them has. */
const MAX_BYTES = 64 * 1024

/**
 * `env`, and in it what the files hold, each without one trailing line break and a byte-order mark. As containers and systemd mount secrets:
 * symbolic links are followed, and who else can read a file is for whoever has mounted it.
 * @throws CommandFailure (usage) for a secret that is given twice, and a file that cannot be read or is no secret.
 */
export function withSecretFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read = SECRETS.flatMap((name) => {
    const variable = `${name}_FILE`
    const path = env[variable]
    if (path === undefined) return []
    if (path === '') throw usageFailure(`${variable} is set, but empty.`)
    if (env[name] !== undefined) throw usageFailure(`${name} and ${variable} are both set: which?`)
    return [[name, secretIn(path, variable)] as const]
  })
  return { ...env, ...Object.fromEntries(read) }
}

function secretIn(path: string, variable: string): string {
  const secret = textIn(path, variable).replace(/\r?\n$/, '')
  if (secret === '') throw usageFailure(`${variable}: ${path} is empty.`)
  // A variable of the environment ends there: of UTF-16 one character would be left.
  if (secret.includes('\0')) throw usageFailure(`${variable}: ${path} holds a null byte: it must be UTF-8.`)
  return secret
}

function textIn(path: string, variable: string): string {
  const bytes = bytesIn(path, variable)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // As replacement characters, many secrets would become one.
    throw usageFailure(`${variable}: ${path} is not UTF-8.`)
  } finally {
    bytes.fill(0)
  }
}

/** Not by its size, which says nothing of a device or a pipe. */
function bytesIn(path: string, variable: string): Uint8Array {
  const bytes = new Uint8Array(MAX_BYTES + 1)
  let length = 0
  try {
    const file = openSync(path, 'r')
    try {
      for (let read = -1; read !== 0 && length <= MAX_BYTES; length += read)
        read = readSync(file, bytes, length, bytes.length - length, null)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw usageFailure(`${variable}: ${path} cannot be read (${code ?? 'unknown'}).`)
  }
  if (length > MAX_BYTES) throw usageFailure(`${variable}: ${path} has more than ${MAX_BYTES} bytes.`)
  return bytes.subarray(0, length)
}

/** Takes the secrets out of `env`, so that no child process and no diagnostic report of Node's has them. */
export function forgetSecrets(env: NodeJS.ProcessEnv): void {
  for (const name of SECRETS) delete env[name]
}
