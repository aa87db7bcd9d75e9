import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../../arguments.js'
import { showKey } from '../../keys/details.js'
import { keyCommand } from '../../keys/key-command.js'
import { nameOf } from '../../keys/name.js'
import { GITIGNORE, MAX_AGE, NAME, NEW_PASSWORD, PASSWORD, PLACE } from '../../keys/options.js'

const args: ArgsDef = {
  ...PLACE,
  ...NAME,
  public: { type: 'boolean', description: 'Print the public key as PEM, and nothing else' },
  ...PASSWORD,
  ...NEW_PASSWORD,
  ...GITIGNORE,
  ...MAX_AGE,
}

/** `nomyo keys show`. */
export const showCommand: CommandDef = defineCommand({
  meta: {
    name: 'show',
    description:
      'Show one key: fingerprint, files, age, encryption; needs no password. Offers to encrypt a key that is in clear or easy to guess',
  },
  args,
  run: async ({ rawArgs }) => {
    const options = strictOptions(rawArgs, args)
    await showKey(keyCommand(options), nameOf(options))
  },
})
