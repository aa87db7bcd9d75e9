/** Options from arguments, then the environment, then a file. */
import { readFileSync } from 'node:fs'
import { isJsonObject, type JsonObject } from '@nomyo/core'
import type { ArgsDef } from 'citty'
import type { GivenOptions } from '../arguments.js'
import { usageFailure } from '../failure.js'

/** Where a descriptor leads is for the one who starts the command to say; a file cannot name another. */
const ARGUMENTS_ONLY = ['password-fd', 'config']
const CONFIG_VARIABLE = 'NOMYO_ROUTER_CONFIG'
const TRUE = ['1', 'true']
const FALSE = ['0', 'false', '']

/** The variable that stands for an option. */
function variableOf(option: string): string {
  return `NOMYO_ROUTER_${option.toUpperCase().replaceAll('-', '_')}`
}

/**
 * What was given, and for what was not, the variables such as `NOMYO_ROUTER_PORT`, then the JSON object in the file that
 * `--config` or `NOMYO_ROUTER_CONFIG` names, whose names are those of the options without dashes before them.
 * @throws CommandFailure (usage) for a file that cannot be read, or a value that is none of its option's.
 */
export function layeredOptions(given: GivenOptions, definition: ArgsDef): GivenOptions {
  const path = given.text('config') ?? (process.env[CONFIG_VARIABLE] || undefined)
  const names = Object.keys(definition).filter((name) => !ARGUMENTS_ONLY.includes(name))
  const file = path === undefined ? {} : configOf(path, names)
  const isFlag = (name: string): boolean => definition[name]?.type === 'boolean'
  const below = new Map(names.map((name) => [name, layerOf(name, isFlag(name), file, path ?? '')]))
  const list = (name: string): readonly string[] => {
    const own = given.list(name)
    return own.length > 0 ? own : (below.get(name) ?? []).flatMap((value) => value.split(',')).filter(Boolean)
  }
  return {
    text: (name) => given.text(name) ?? below.get(name)?.at(-1),
    flag: (name) => given.flag(name) || below.get(name)?.[0] === TRUE[0],
    list,
    all: list,
  }
}

/** The values of an option that was not given; undefined if there are none. */
function layerOf(
  name: string,
  isFlag: boolean,
  file: JsonObject,
  path: string,
): readonly string[] | undefined {
  const variable = variableOf(name)
  const text = process.env[variable]
  if (isFlag) {
    if (text === undefined) return flagOf(file[name], `${path}: ${name}`)
    if (!TRUE.includes(text) && !FALSE.includes(text))
      throw usageFailure(`${variable} must be true or false.`)
    return [TRUE.includes(text) ? TRUE[0]! : FALSE[0]!]
  }
  return text ? [text] : textsOf(file[name], `${path}: ${name}`)
}

function flagOf(value: unknown, place: string): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'boolean') throw usageFailure(`${place} must be true or false.`)
  return [value ? TRUE[0]! : FALSE[0]!]
}

function textsOf(value: unknown, place: string): readonly string[] | undefined {
  if (value === undefined) return undefined
  const values = Array.isArray(value) ? (value as unknown[]) : [value]
  const isUsable = (one: unknown): one is string | number =>
    typeof one === 'string' || typeof one === 'number'
  if (!values.every(isUsable)) throw usageFailure(`${place} must be a text, a number or a list of texts.`)
  return values.map(String)
}

/** Names that are not known are not quoted: one may be a secret that was meant for the environment. */
function configOf(path: string, names: readonly string[]): JsonObject {
  const config = readJson(path)
  if (!isJsonObject(config)) throw usageFailure(`${path} must hold a JSON object.`)
  const strange = Object.keys(config).filter((name) => !names.includes(name)).length
  if (strange === 0) return config
  throw usageFailure(
    `${path} has ${strange === 1 ? 'a name that is' : `${strange} names that are`} no option. There are: ` +
      `${names.join(', ')}. API keys and passwords belong into the environment.`,
  )
}

function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw usageFailure(`The configuration ${path} cannot be read (${code}).`)
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The engine's own message quotes what is there.
    throw usageFailure(`The configuration ${path} is not JSON.`)
  }
}
