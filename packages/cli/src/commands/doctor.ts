import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../arguments.js'
import { runDoctor } from '../doctor/run-doctor.js'
import { MAX_AGE, PLACE } from '../keys/options.js'
import { ROUTER } from '../router-key/options.js'

const args: ArgsDef = {
  'url': {
    type: 'positional',
    required: false,
    description: 'The router (default: NOMYO_BASE_URL, else https://api.nomyo.ai:12434)',
  },
  'allow-http': ROUTER['allow-http'],
  'pin': {
    type: 'string',
    valueHint: 'sha256/…',
    description: 'The key that the router should present; may be repeated',
  },
  'key-dir': PLACE['key-dir'],
  'environment': PLACE.environment,
  ...MAX_AGE,
  'json': { type: 'boolean', description: 'Print one JSON object, failures too' },
}

/** `nomyo doctor`. */
export const doctorCommand: CommandDef = defineCommand({
  meta: {
    name: 'doctor',
    description:
      'Look at what could keep calls from working or prompts from staying secret: Node, TLS, the environment, your keys, the router. Changes nothing. Exit code 1 if there is a problem',
  },
  args,
  run: async ({ rawArgs }) => runDoctor(strictOptions(rawArgs, args)),
})
