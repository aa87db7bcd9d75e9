import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../../arguments.js'
import { importKey } from '../../keys/import.js'
import { keyCommand } from '../../keys/key-command.js'
import { GITIGNORE, MAX_AGE, NO_PASSWORD, PASSWORD, PLACE } from '../../keys/options.js'

const args: ArgsDef = {
  'file': { type: 'positional', description: 'A private key as PEM; - reads standard input' },
  ...PLACE,
  'import-password-fd': {
    type: 'string',
    valueHint: 'N',
    description:
      'Read the password of that file from file descriptor N (default: NOMYO_IMPORT_PASSWORD, else it is asked for)',
  },
  'replace': { type: 'boolean', description: 'Replace the stored key, which is kept as the previous one' },
  ...PASSWORD,
  ...NO_PASSWORD,
  ...GITIGNORE,
  ...MAX_AGE,
}

/** `nomyo keys import`. */
export const importCommand: CommandDef = defineCommand({
  meta: {
    name: 'import',
    description:
      'Take a private RSA key into the store, as openssl, Python and others write it (PKCS#8 or PKCS#1, encrypted or not); refused where there is a key',
  },
  args,
  run: async ({ rawArgs }) => {
    const options = strictOptions(rawArgs, args)
    await importKey(keyCommand(options), options.text('file') ?? '')
  },
})
