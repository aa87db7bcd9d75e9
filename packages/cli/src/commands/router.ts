import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../arguments.js'
import { givenPassword, KEY_PASSWORD } from '../keys/password.js'
import { layeredOptions } from '../router/layers.js'
import { forgetSecrets, withSecretFiles } from '../router/secrets.js'
import { DEFAULTS, routerSettings } from '../router/settings.js'
import { runRouter } from '../router/run-router.js'

const args = {
  'port': {
    type: 'string',
    valueHint: 'number',
    description: 'Port to listen on; 0 takes a free one',
    default: DEFAULTS.port,
  },
  'host': {
    type: 'string',
    valueHint: 'address,…',
    description: 'Addresses to listen on (default 127.0.0.1,::1)',
  },
  'upstream': {
    type: 'string',
    valueHint: 'URL',
    description:
      'OpenAI-compatible server to put the encryption in front of (default: a small built-in responder). Its key: NOMYO_UPSTREAM_API_KEY',
  },
  'model': {
    type: 'string',
    valueHint: 'name',
    description: 'Model for the round trip (default: the first of the upstream)',
  },
  'static': { type: 'string', valueHint: 'directory', description: 'Serve these files on the same origin' },
  'key-dir': {
    type: 'string',
    valueHint: 'directory',
    description:
      'Where the router’s key is kept. Without a directory: the PEM in NOMYO_ROUTER_KEY, and in NOMYO_ROUTER_OTHER_KEY another that is still opened (its password, if it is not the same: NOMYO_ROUTER_OTHER_KEY_PASSWORD)',
    default: DEFAULTS.keyDir,
  },
  'password-fd': {
    type: 'string',
    valueHint: 'N',
    description:
      'Read the password of the router’s key from file descriptor N (default: NOMYO_KEY_PASSWORD, else the key is in clear)',
  },
  'cors-origin': {
    type: 'string',
    valueHint: 'origin,…',
    description: 'Origins whose pages may use the router',
  },
  'tls-cert': {
    type: 'string',
    valueHint: 'file',
    description: 'Serve over https: with this certificate (PEM, with those between it and the authority)',
  },
  'tls-key': { type: 'string', valueHint: 'file', description: 'The private key of that certificate (PEM)' },
  'replay-store': {
    type: 'string',
    valueHint: 'URL',
    description:
      'Redis in which routers with the same key remember what was processed (redis: or rediss:; default: in memory). Its password: NOMYO_REPLAY_STORE_PASSWORD',
  },
  'config': {
    type: 'string',
    valueHint: 'file',
    description: 'Take options from the JSON object in this file (default: NOMYO_ROUTER_CONFIG)',
  },
  'no-api-key': { type: 'boolean', description: 'Allow a host other than loopback without client API keys' },
  'round-trip': { type: 'boolean', description: 'Make one encrypted call through the router and show it' },
  'quiet': { type: 'boolean', description: 'No request log' },
} as const satisfies ArgsDef

/** `nomyo router`. */
export const routerCommand: CommandDef = defineCommand({
  meta: {
    name: 'router',
    description:
      'Run a NOMYO router: the local stand-in, or the encryption in front of your own models. ' +
      'Client API keys: NOMYO_ROUTER_API_KEYS, separated by commas. Each secret can be in a file: ' +
      'NOMYO_ROUTER_API_KEYS_FILE, NOMYO_ROUTER_KEY_FILE, NOMYO_KEY_PASSWORD_FILE and so on name it. What is not said here is taken from variables ' +
      'such as NOMYO_ROUTER_PORT or NOMYO_ROUTER_TLS_CERT, then from --config.',
  },
  args: args as ArgsDef,
  run: async ({ rawArgs }) => {
    const options = layeredOptions(strictOptions(rawArgs, args), args)
    Object.assign(process.env, withSecretFiles(process.env))
    const settings = routerSettings(options)
    const password = await givenPassword(options, KEY_PASSWORD)
    forgetSecrets(process.env)
    await runRouter(settings, password)
  },
})
