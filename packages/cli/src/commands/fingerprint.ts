import { defineCommand, type ArgsDef, type CommandDef } from 'citty'
import { strictOptions } from '../arguments.js'
import { ROUTER } from '../router-key/options.js'
import { hexOf, presentedKey } from '../router-key/presented.js'
import { printJson, printLines } from '../terminal/output.js'

const args: ArgsDef = {
  ...ROUTER,
  hex: { type: 'boolean', description: 'As 64 hexadecimal digits, in place of sha256/ and base64' },
}

/** `nomyo fingerprint`. */
export const fingerprintCommand: CommandDef = defineCommand({
  meta: {
    name: 'fingerprint',
    description: 'Print the fingerprint of the key that a router presents now; nothing is trusted or stored',
  },
  args,
  run: async ({ rawArgs }) => {
    const options = strictOptions(rawArgs, args)
    const address = { url: options.text('url') ?? '', allowHttp: options.flag('allow-http') }
    const { baseURL, fingerprint } = await presentedKey(address)
    const hex = hexOf(fingerprint)
    if (options.flag('json')) return printJson({ url: baseURL, fingerprint, hex })
    await printLines([options.flag('hex') ? hex : fingerprint])
  },
})
