import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../../arguments.js'
import { keyCommand } from '../../keys/key-command.js'
import { GITIGNORE, MAX_AGE, PASSWORD, PLACE } from '../../keys/options.js'
import { rotateKey } from '../../keys/rotation.js'

const args: ArgsDef = { ...PLACE, ...PASSWORD, ...GITIGNORE, ...MAX_AGE }

/** `nomyo keys rotate`. */
export const rotateCommand: CommandDef = defineCommand({
  meta: {
    name: 'rotate',
    description:
      'Replace the key by a new one under the same password. The old one is kept for a day, to open answers that are on their way',
  },
  args,
  run: async ({ rawArgs }) => rotateKey(keyCommand(strictOptions(rawArgs, args))),
})
