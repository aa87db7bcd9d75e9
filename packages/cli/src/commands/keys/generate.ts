import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../../arguments.js'
import { generateKey } from '../../keys/generation.js'
import { keyCommand } from '../../keys/key-command.js'
import { GITIGNORE, MAX_AGE, NO_PASSWORD, PASSWORD, PLACE } from '../../keys/options.js'

const args: ArgsDef = { ...PLACE, ...PASSWORD, ...NO_PASSWORD, ...GITIGNORE, ...MAX_AGE }

/** `nomyo keys generate`. */
export const generateCommand: CommandDef = defineCommand({
  meta: {
    name: 'generate',
    description: 'Generate an RSA-4096 key and keep it under a password; refused where there is a key',
  },
  args,
  run: async ({ rawArgs }) => generateKey(keyCommand(strictOptions(rawArgs, args))),
})
