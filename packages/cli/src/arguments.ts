/** Strict reading of a command's options: citty lets unknown ones pass and keeps the last of repeated ones. */
import { parseArgs } from 'node:util'
import type { ArgsDef } from 'citty'
import { usageFailure } from './failure.js'

/** The options that were given, by name; an option that may be repeated, or hold a list, is a list. */
export interface GivenOptions {
  /** The value of an option, or of a positional argument. */
  text(name: string): string | undefined
  flag(name: string): boolean
  /** All values, each split at commas. */
  list(name: string): readonly string[]
  /** All values as they are, for what may hold a comma. */
  all(name: string): readonly string[]
}

/**
 * @throws CommandFailure (usage) for an option that `definition` does not have, one without its value, a
 * password, an API key, or more arguments than there are positional ones.
 */
export function strictOptions(rawArgs: readonly string[], definition: ArgsDef): GivenOptions {
  assertNoPassword(rawArgs)
  assertNoApiKey(rawArgs)
  const positional = Object.keys(definition).filter((name) => definition[name]!.type === 'positional')
  const { values, positionals } = read(rawArgs, definition, positional.length > 0)
  if (positional.length > 0 && positionals.length > positional.length) throw surplus()
  const last = (name: string): string | boolean | undefined =>
    positional.includes(name) ? positionals[positional.indexOf(name)] : values[name]?.at(-1)
  return {
    text: (name) => last(name) as string | undefined,
    flag: (name) => last(name) === true,
    list: (name) => (values[name] ?? []).flatMap((value) => String(value).split(',')).filter(Boolean),
    all: (name) => (values[name] ?? []).map(String),
  }
}

const PASSWORD = /^--?(?!no-)(?:[a-z]+-)*pass(?:word|phrase|wd)?(?:=|$)/i

/**
 * Nobody should be told that an option is unknown and try the next spelling.
 * @throws CommandFailure (usage) for what looks like a password's option; its value is not quoted.
 */
export function assertNoPassword(rawArgs: readonly string[]): void {
  if (!optionsIn(rawArgs).some((argument) => PASSWORD.test(argument))) return
  throw usageFailure(
    'A password is not taken from the arguments: every user of this machine can see them, and the shell keeps ' +
      'them in its history. Leave it out to be asked, set NOMYO_KEY_PASSWORD, or say --password-fd N.',
  )
}

const API_KEY = /^--?(?:[a-z]+-)*(?:api-?keys?|token|bearer)(?:=|$)/i

/** @throws CommandFailure (usage) for what looks like an API key's option; its value is not quoted. */
function assertNoApiKey(rawArgs: readonly string[]): void {
  const isOne = (argument: string): boolean => API_KEY.test(argument) && argument !== '--no-api-key'
  if (!optionsIn(rawArgs).some(isOne)) return
  throw usageFailure(
    'An API key is not taken from the arguments, which every user of this machine can see. To call a router set ' +
      'NOMYO_API_KEY; those that nomyo router takes are in NOMYO_ROUTER_API_KEYS.',
  )
}

/** Without what stands behind `--`, which is nobody's option. */
function optionsIn(rawArgs: readonly string[]): readonly string[] {
  const end = rawArgs.indexOf('--')
  return rawArgs.slice(0, end === -1 ? undefined : end)
}

interface Parsed {
  readonly values: Readonly<Record<string, (string | boolean)[] | undefined>>
  readonly positionals: readonly string[]
}

function read(rawArgs: readonly string[], definition: ArgsDef, allowPositionals: boolean): Parsed {
  const options = Object.fromEntries(
    Object.entries(definition)
      .filter(([, { type }]) => type !== 'positional')
      .map(([name, { type }]) => {
        return [
          name,
          { type: type === 'boolean' ? ('boolean' as const) : ('string' as const), multiple: true },
        ]
      }),
  )
  try {
    return parseArgs({ args: [...rawArgs], options, strict: true, allowPositionals }) as Parsed
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // Where passwords are at stake, it may be one.
    if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' && 'password-fd' in definition) throw surplus()
    const [first = ''] = message.split('. ')
    throw usageFailure(`${first}. See --help.`)
  }
}

function surplus(): Error {
  return usageFailure('There are more arguments than this command takes. See --help.')
}
