/** The command tree, and what its failures look like. */
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { NomyoError } from '@nomyo/client'
import { defineCommand, renderUsage, runCommand, type CommandDef } from 'citty'
import { routerCommand } from './commands/router.js'
import { CommandFailure, usageFailure } from './failure.js'

const HELP = ['--help', '-h']
const VERSION = ['--version', '-v']

const COMMANDS: Readonly<Record<string, CommandDef>> = { router: routerCommand }

const root: CommandDef = defineCommand({
  meta: () => ({
    name: 'nomyo',
    description: 'End-to-end encrypted chat completions',
    version: ownVersion(),
  }),
  subCommands: COMMANDS,
})

/** Runs the command with these arguments and gives the exit code: 0, 1 for a failure, 2 for wrong usage. */
export async function main(rawArgs: string[]): Promise<number> {
  if (rawArgs.length === 0) return help([])
  if (rawArgs.some((argument) => HELP.includes(argument))) return help(rawArgs)
  if (rawArgs.length === 1 && VERSION.includes(rawArgs[0]!)) {
    process.stdout.write(`${ownVersion()}\n`)
    return 0
  }
  try {
    assertCommand(rawArgs[0]!)
    await runCommand(root, { rawArgs })
    return 0
  } catch (error) {
    return report(error)
  }
}

/** citty would also find a command in what every object inherits, such as `constructor`. */
function assertCommand(name: string): void {
  if (!name.startsWith('-') && !Object.hasOwn(COMMANDS, name)) {
    throw usageFailure(`There is no command ${name}. See nomyo --help.`)
  }
}

/** The usage of the command that is named, or of all; in colour only for a person. */
async function help([name = '']: readonly string[]): Promise<number> {
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  const usage = named === undefined ? await renderUsage(root) : await renderUsage(named, root)
  process.stdout.write(`${process.stdout.isTTY ? usage : stripVTControlCharacters(usage)}\n`)
  return 0
}

function report(error: unknown): number {
  const known = error instanceof CommandFailure || NomyoError.isInstance(error)
  const isUsage = error instanceof Error && error.name === 'CLIError'
  const message = stripVTControlCharacters(error instanceof Error ? error.message : String(error))
  process.stderr.write(`nomyo: ${known || isUsage ? message : `unexpected error: ${message}`}\n`)
  if (isUsage) process.stderr.write('See nomyo --help.\n')
  if (!known && !isUsage && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  return error instanceof CommandFailure ? error.exitCode : isUsage ? 2 : 1
}

function ownVersion(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
