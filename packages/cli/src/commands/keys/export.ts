import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../../arguments.js'
import { exportKey } from '../../keys/export.js'
import { keyCommand } from '../../keys/key-command.js'
import { nameOf } from '../../keys/name.js'
import { NAME, PASSWORD, PLACE } from '../../keys/options.js'

const args: ArgsDef = {
  ...PLACE,
  ...NAME,
  'out': {
    type: 'string',
    valueHint: 'file',
    description: 'Where to; made with mode 0600, never overwritten',
  },
  'stdout': { type: 'boolean', description: 'To standard output, even if that is a terminal' },
  'public': { type: 'boolean', description: 'The public key in place of the private one' },
  ...PASSWORD,
  'export-password-fd': {
    type: 'string',
    valueHint: 'N',
    description:
      'Read the password of the exported key from file descriptor N (default: NOMYO_EXPORT_PASSWORD, else it is asked for)',
  },
  'no-password': { type: 'boolean', description: 'Export in clear: whoever reads the file has the key' },
}

/** `nomyo keys export`. */
export const exportCommand: CommandDef = defineCommand({
  meta: {
    name: 'export',
    description:
      'Write a key as PEM (PKCS#8), encrypted under a password of its own, which openssl and Python read too',
  },
  args,
  run: async ({ rawArgs }) => {
    const options = strictOptions(rawArgs, args)
    await exportKey(keyCommand(options), nameOf(options))
  },
})
