/** The command tree, and what its failures look like. */
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { APIConnectionError, NomyoError, ValidationError } from '@nomyo/client'
import { defineCommand, renderUsage, runCommand, type CommandDef, type CommandMeta } from 'citty'
import { assertNoPassword } from './arguments.js'
import { chatCommand } from './commands/chat.js'
import { doctorCommand } from './commands/doctor.js'
import { fingerprintCommand } from './commands/fingerprint.js'
import { keysCommand } from './commands/keys.js'
import { routerCommand } from './commands/router.js'
import { trustCommand } from './commands/trust.js'
import { CommandFailure, usageFailure } from './failure.js'
import { hasColours } from './terminal/colours.js'
import { folded } from './terminal/folded.js'

const HELP = ['--help', '-h']
const VERSION = ['--version', '-v']

const root: CommandDef = defineCommand({
  meta: () => ({
    name: 'nomyo',
    description: 'End-to-end encrypted chat completions',
    version: ownVersion(),
  }),
  subCommands: {
    chat: chatCommand,
    keys: keysCommand,
    fingerprint: fingerprintCommand,
    trust: trustCommand,
    router: routerCommand,
    doctor: doctorCommand,
  },
})

/** A command of the tree, and what is left of the arguments after its name. */
interface Named {
  readonly command: CommandDef
  /** The words of its name, without `nomyo`. */
  readonly path: readonly string[]
  readonly rest: string[]
}

/** Runs the command with these arguments and gives the exit code: 0, 1 for a failure, 2 for wrong usage. */
export async function main(rawArgs: string[]): Promise<number> {
  const named = commandOf({ command: root, path: [], rest: rawArgs })
  if (rawArgs.some((argument) => HELP.includes(argument))) return help(named)
  if (rawArgs.length === 1 && VERSION.includes(rawArgs[0]!)) {
    process.stdout.write(`${ownVersion()}\n`)
    return 0
  }
  const { command, rest } = named
  if (command.subCommands !== undefined && rest.length === 0) return help(named)
  try {
    assertCommand(named)
    const { result } = await runCommand(command, { rawArgs: rest })
    return typeof result === 'number' ? result : 0
  } catch (error) {
    return report(error, named)
  }
}

/** The command that the leading words name. citty would also find one behind options, and drop these. */
function commandOf(named: Named): Named {
  const [name = '', ...rest] = named.rest
  // All of ours are at hand; citty would also take what has to be waited for.
  const below = (named.command.subCommands ?? {}) as Readonly<Record<string, CommandDef>>
  // Not what every object inherits, such as `constructor`.
  if (!Object.hasOwn(below, name)) return named
  return commandOf({ command: below[name]!, path: [...named.path, name], rest })
}

/** @throws CommandFailure (usage) if what is named is none that can be run. */
function assertCommand({ command, path, rest }: Named): void {
  if (command.subCommands === undefined) return
  const [name = ''] = rest
  const help = helpFor(path)
  assertNoPassword(rest)
  if (name.startsWith('-')) throw usageFailure(`Options come after the command. ${help}`)
  throw usageFailure(`There is no command ${[...path, name].join(' ')}. ${help}`)
}

const helpFor = (path: readonly string[]): string => `See ${['nomyo', ...path, '--help'].join(' ')}.`

/** Characters: longer lines are hard to read, however wide the terminal is. */
const READABLE = 110

/** The usage of a command; in colour, and in lines that fit, only for a person. */
async function help({ command, path }: Named): Promise<number> {
  const above = ['nomyo', ...path.slice(0, -1)].join(' ')
  const parent = defineCommand({ meta: { name: above, version: ownVersion() } })
  const shown = overview(command)
  const usage = command === root ? await renderUsage(shown) : await renderUsage(shown, parent)
  const { isTTY, columns } = process.stdout
  // Some terminals do not say how wide they are.
  const text = folded(usage, isTTY ? Math.min(columns || 80, READABLE) : Infinity)
  process.stdout.write(`${hasColours(process.stdout) ? text : stripVTControlCharacters(text)}\n`)
  return 0
}

/** Of the commands below it the first sentence: their own help has the rest. */
function overview(command: CommandDef): CommandDef {
  if (command.subCommands === undefined) return command
  const below = Object.entries(command.subCommands as Readonly<Record<string, CommandDef>>)
  const short = below.map(([name, { meta, ...rest }]) => {
    const { description = '', ...others } = (typeof meta === 'function' ? {} : meta) as CommandMeta
    return [name, { ...rest, meta: { ...others, description: description.split('. ', 1)[0]! } }]
  })
  return { ...command, subCommands: Object.fromEntries(short) as Record<string, CommandDef> }
}

/** Whether the failure is to be one JSON object on standard output. */
function isForProgram({ args = {}, subCommands }: CommandDef, rest: readonly string[]): boolean {
  return rest.includes('--json') && (subCommands !== undefined || 'json' in args)
}

function report(error: unknown, { command, path, rest }: Named): number {
  const known = error instanceof CommandFailure || NomyoError.isInstance(error)
  const isUsage = error instanceof Error && error.name === 'CLIError'
  const words = stripVTControlCharacters(error instanceof Error ? error.message : String(error))
  const message = words.replace(/See --help\.$/, helpFor(path))
  if (isForProgram(command, rest)) {
    const name = error instanceof Error ? error.name : 'Error'
    const code = known ? error.code : isUsage ? 'usage' : 'unexpected'
    process.stdout.write(`${JSON.stringify({ error: { name, code, message } })}\n`)
  } else {
    process.stderr.write(`nomyo: ${known || isUsage ? message : `unexpected error: ${message}`}\n`)
    if (isUsage) process.stderr.write(`${helpFor(path)}\n`)
    if (isUnreachable(error)) process.stderr.write(`${DOCTOR}\n`)
  }
  if (!known && !isUsage && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  if (error instanceof CommandFailure) return error.exitCode
  return isUsage || ValidationError.isInstance(error) ? 2 : 1
}

const DOCTOR = 'nomyo doctor looks for the reason: the address, TLS, the environment.'

function isUnreachable(error: unknown): boolean {
  return APIConnectionError.isInstance(error) && error.code === 'connection_failed'
}

function ownVersion(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
