/** What only protocol 1.0 needs: loaded when it is spoken, or when our own keys are asked for. */
import { exchangeV1 } from './exchange/exchange-v1.js'
import type { Exchange } from './exchange/exchange.js'
import type { Transport } from './http/transport.js'
import { ClientKeys } from './keys/client-keys.js'
import type { ResolvedOptions } from './options/options.js'
import type { PublishedSettings } from './trust/published.js'
import { ServerKeys } from './trust/server-keys.js'

/** The exchange of protocol 1.0, with the keys of both sides. */
export interface Protocol1 {
  readonly exchange: Exchange
  readonly serverKeys: ServerKeys
  readonly clientKeys: ClientKeys
}

/** Makes them; does no I/O. */
export function protocol1(
  options: ResolvedOptions,
  transport: Transport,
  published: PublishedSettings,
): Protocol1 {
  const [serverKeys, clientKeys] = [new ServerKeys(published), new ClientKeys(options)]
  return { exchange: exchangeV1({ options, transport, serverKeys, clientKeys }), serverKeys, clientKeys }
}
