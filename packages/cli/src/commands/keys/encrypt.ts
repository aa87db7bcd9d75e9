import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../../arguments.js'
import { encryptKeys } from '../../keys/encryption.js'
import { keyCommand } from '../../keys/key-command.js'
import { GITIGNORE, MAX_AGE, NEW_PASSWORD, PASSWORD, PLACE } from '../../keys/options.js'

const args: ArgsDef = { ...PLACE, ...PASSWORD, ...NEW_PASSWORD, ...GITIGNORE, ...MAX_AGE }

/** `nomyo keys encrypt`. */
export const encryptCommand: CommandDef = defineCommand({
  meta: {
    name: 'encrypt',
    description:
      'Encrypt the stored keys anew, under the same or a new password: those in clear, those that are easy to guess, or to change the password',
  },
  args,
  run: async ({ rawArgs }) => encryptKeys(keyCommand(strictOptions(rawArgs, args))),
})
