import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../../arguments.js'
import { listKeys } from '../../keys/inventory.js'
import { keyCommand } from '../../keys/key-command.js'
import { GITIGNORE, MAX_AGE, PLACE } from '../../keys/options.js'

const args: ArgsDef = {
  ...PLACE,
  environment: { type: 'string', valueHint: 'name', description: 'Only its keys (default: all)' },
  ...GITIGNORE,
  ...MAX_AGE,
}

/** `nomyo keys list`. */
export const listCommand: CommandDef = defineCommand({
  meta: { name: 'list', description: 'List the keys of all environments; needs no password' },
  args,
  run: async ({ rawArgs }) => listKeys(keyCommand(strictOptions(rawArgs, args))),
})
