import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../arguments.js'
import { PLACE } from '../keys/options.js'
import { ROUTER } from '../router-key/options.js'
import { trustRouter, trustSettings } from '../router-key/trusting.js'

const args: ArgsDef = {
  ...ROUTER,
  'fingerprint': {
    type: 'string',
    valueHint: 'sha256/…',
    description: 'Trust the router only if it presents this key; needed where nobody can be asked',
  },
  'key-dir': { ...PLACE['key-dir'], description: 'Where it is remembered' },
  'environment': PLACE.environment,
}

/** `nomyo trust`. */
export const trustCommand: CommandDef = defineCommand({
  meta: {
    name: 'trust',
    description:
      'Remember the key that a router presents, in place of what is remembered of it. Compare the fingerprint over another channel first',
  },
  args,
  run: async ({ rawArgs }) => trustRouter(trustSettings(strictOptions(rawArgs, args))),
})
