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
  'replay-store': {
    type: 'string',
    valueHint: 'URL',
    description:
      'The Redis that routers share (default: NOMYO_ROUTER_REPLAY_STORE). Its password: NOMYO_REPLAY_STORE_PASSWORD',
  },
  'json': { type: 'boolean', description: 'Print one JSON object, failures too' },
}

/** `nomyo doctor`. */
export const doctorCommand: CommandDef = defineCommand({
  meta: {
    name: 'doctor',
    description:
      'Look at what could keep calls from working or prompts from staying secret: Node, TLS, the environment, your keys, the router, and what routers of your own need: keys in variables, Redis. Changes nothing. Exit code 1 if there is a problem',
  },
  args,
  run: async ({ rawArgs }) => runDoctor(strictOptions(rawArgs, args)),
})
