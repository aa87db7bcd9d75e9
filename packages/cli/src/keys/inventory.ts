/** `nomyo keys list`. */
import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CURRENT_KEY, NomyoError, PREVIOUS_KEY, ValidationError } from '@nomyo/core'
import { printable } from '../terminal/notices.js'
import { answer } from './answer.js'
import { dayOf, describeKey, protectionOf, type KeyDescription } from './description.js'
import { guardFromGit } from './git-guard.js'
import { commandLine, storeOf, type KeyCommand } from './key-command.js'
import { DEFAULTS } from './options.js'
import { tableOf } from './table.js'

/** A key that is there, but cannot be described. */
interface Undescribed {
  readonly environment: string
  readonly name: string
  readonly error: { readonly name: string; readonly code: string; readonly message: string }
}

type Listed = KeyDescription | Undescribed

const HEAD = ['ENVIRONMENT', 'NAME', 'FINGERPRINT', 'MADE', 'EXPIRES', 'ENCRYPTION']

/** Lists keys; gives the exit code, 1 if one of them cannot be described. */
export async function listKeys(command: KeyCommand): Promise<number> {
  const { directory } = storeOf({ dir: command.dir, environment: DEFAULTS.environment })
  const chosen = command.options.text('environment')
  const environments = chosen === undefined ? await environmentsIn(directory) : [chosen]
  const keys = (
    await Promise.all(environments.map((name) => keysOf({ ...command, environment: name })))
  ).flat()
  for (const environment of new Set(keys.map((key) => key.environment))) {
    const one = { ...command, environment }
    // What is to be said of one environment holds for the others.
    if (!(await guardFromGit(one, storeOf(one).directory))) break
  }
  await answer(command, { directory, keys }, keys.length === 0 ? [noneIn(command, directory)] : linesOf(keys))
  return keys.some(isUndescribed) ? 1 : 0
}

/** The environments that may have keys: production, in the directory itself, and those of its directories. */
async function environmentsIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch(() => [])
  const isEnvironment = (name: string): boolean =>
    name !== DEFAULTS.environment && isEnvironmentName(dir, name) && isDirectory(join(dir, name))
  return [DEFAULTS.environment, ...names.filter(isEnvironment).sort()]
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function isEnvironmentName(dir: string, environment: string): boolean {
  try {
    storeOf({ dir, environment })
    return true
  } catch (error) {
    if (ValidationError.isInstance(error)) return false
    throw error
  }
}

async function keysOf(command: KeyCommand): Promise<readonly Listed[]> {
  const { environment } = command
  const store = storeOf(command)
  const names = await store.list()
  return Promise.all(
    [CURRENT_KEY, PREVIOUS_KEY]
      .filter((name) => names.includes(name))
      .map((name) =>
        describeKey(command, store, name).catch((error: unknown) => undescribed(error, environment, name)),
      ),
  )
}

function undescribed(error: unknown, environment: string, name: string): Undescribed {
  if (!NomyoError.isInstance(error)) throw error
  return { environment, name, error: { name: error.name, code: error.code, message: error.message } }
}

function isUndescribed(key: Listed): key is Undescribed {
  return 'error' in key
}

function linesOf(keys: readonly Listed[]): readonly string[] {
  const rows = keys.map((key) => [
    key.environment,
    key.name,
    ...(isUndescribed(key) ? ['?', '?', '?', key.error.code] : cellsOf(key)),
  ])
  const complaints = keys.filter(isUndescribed).map(({ error }) => printable(error.message))
  return [...tableOf([HEAD, ...rows]), ...complaints]
}

function cellsOf(key: KeyDescription): readonly string[] {
  const { fingerprint, createdAt, expiresAt, expired } = key
  const expiry = expiresAt === null ? '?' : `${dayOf(expiresAt)}${expired ? ' (expired)' : ''}`
  return [fingerprint ?? '?', createdAt === null ? '?' : dayOf(createdAt), expiry, protectionOf(key)]
}

function noneIn(command: KeyCommand, directory: string): string {
  return `There are no keys in ${directory}. To make one: ${commandLine(command, 'keys generate')}`
}
