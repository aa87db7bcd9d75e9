/** Strict reading of a command's options: citty lets unknown ones pass and keeps the last of repeated ones. */
import { parseArgs } from 'node:util'
import type { ArgsDef } from 'citty'
import { usageFailure } from './failure.js'

/** The options that were given, by name; an option that may be repeated, or hold a list, is a list. */
export interface GivenOptions {
  text(name: string): string | undefined
  flag(name: string): boolean
  /** All values, each split at commas. */
  list(name: string): readonly string[]
}

/** @throws CommandFailure (usage) for an option that `definition` does not have, or one without its value. */
export function strictOptions(rawArgs: readonly string[], definition: ArgsDef): GivenOptions {
  const options = Object.fromEntries(
    Object.entries(definition).map(([name, { type }]) => {
      return [name, { type: type === 'boolean' ? ('boolean' as const) : ('string' as const), multiple: true }]
    }),
  )
  const given = read(rawArgs, options)
  const last = (name: string): string | boolean | undefined => given[name]?.at(-1)
  return {
    text: (name) => last(name) as string | undefined,
    flag: (name) => last(name) === true,
    list: (name) => (given[name] ?? []).flatMap((value) => String(value).split(',')).filter(Boolean),
  }
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options']

function read(
  rawArgs: readonly string[],
  options: Options,
): Record<string, (string | boolean)[] | undefined> {
  try {
    const { values } = parseArgs({
      args: [...rawArgs],
      options: options!,
      strict: true,
      allowPositionals: false,
    })
    return values as Record<string, (string | boolean)[] | undefined>
  } catch (error) {
    const [first = ''] = (error as Error).message.split('. ')
    throw usageFailure(`${first}. See --help.`)
  }
}
