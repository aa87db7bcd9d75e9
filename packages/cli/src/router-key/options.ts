/** Options of the commands about a router's key. */
import type { ArgDef } from 'citty'

/** Which router, and for whom the answer is. */
export const ROUTER: Readonly<Record<'url' | 'allow-http' | 'json', ArgDef>> = {
  'url': { type: 'positional', description: 'The router’s address, such as https://api.nomyo.ai:12434' },
  'allow-http': { type: 'boolean', description: 'Allow http:, for local development only' },
  'json': { type: 'boolean', description: 'Print one JSON object, failures too, and ask nothing' },
}
