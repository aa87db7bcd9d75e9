import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../arguments.js'
import { runChat } from '../chat/run-chat.js'
import { chatSettings } from '../chat/settings.js'
import { PASSWORD, PLACE } from '../keys/options.js'
import { ROUTER } from '../router-key/options.js'

const args: ArgsDef = {
  'question': {
    type: 'positional',
    required: false,
    description: 'What to ask (default: standard input; in a terminal, one question after another)',
  },
  'model': {
    type: 'string',
    valueHint: 'name',
    description: 'Who answers (default: NOMYO_MODEL, else the first that the router lists)',
  },
  'attach': {
    type: 'string',
    valueHint: 'file',
    description: 'Send an image or a text file along; may be repeated; - is standard input',
  },
  'url': {
    type: 'string',
    valueHint: 'URL',
    description: 'The router (default: NOMYO_BASE_URL, else https://api.nomyo.ai:12434)',
  },
  'allow-http': ROUTER['allow-http'],
  'pin': {
    type: 'string',
    valueHint: 'sha256/…',
    description: 'The only router key that is accepted; may be repeated',
  },
  'tier': { type: 'string', valueHint: 'standard|high|maximum', description: 'The security tier' },
  'key-dir': { ...PLACE['key-dir'], description: 'Where your keys and what is known of routers are kept' },
  'environment': PLACE.environment,
  ...PASSWORD,
  'json': { type: 'boolean', description: 'Print one JSON object for each answer, failures too' },
}

/** `nomyo chat`. */
export const chatCommand: CommandDef = defineCommand({
  meta: {
    name: 'chat',
    description:
      'Ask a model, end-to-end encrypted. The API key comes from NOMYO_API_KEY, never from an argument. Ctrl-C stops an answer, a second one leaves',
  },
  args,
  run: async ({ rawArgs }) => runChat(chatSettings(strictOptions(rawArgs, args))),
})
