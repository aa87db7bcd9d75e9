/** The connections of Node's fetch, for one client alone: with other rules, and with an end. */

/** What Node's fetch takes its connections from. */
export interface Agent {
  readonly fetch: typeof globalThis.fetch
  /** Ends every connection. */
  destroy(): Promise<void>
}

/** How it connects. */
export interface AgentRules {
  /** PEM of a certificate authority that is trusted besides. */
  readonly authority?: string
  /** Whether a connection serves one request only. Default: false. */
  readonly once?: boolean
}

interface Dispatcher {
  destroy(): Promise<void>
}
type DispatcherClass = new (options: { pipelining?: number; connect?: TlsRules }) => Dispatcher
interface TlsRules {
  readonly ca: string
  readonly maxCachedSessions: number
}

/** Node has its class in no module; the one that its fetch uses by default is known by this symbol. */
const DEFAULT = Symbol.for('undici.globalDispatcher.1')

/** A fetch with connections of its own. */
export async function makeAgent({ authority, once = false }: AgentRules = {}): Promise<Agent> {
  // The first fetch makes the default one.
  await fetch('data:,')
  const known = Reflect.get(globalThis, DEFAULT) as object | undefined
  if (known === undefined) throw new Error('this Node has no dispatcher of its fetch under the known symbol')
  const dispatcher = new (known.constructor as DispatcherClass)({
    ...(once ? { pipelining: 0 } : {}),
    // A session that is resumed has a shorter handshake, and whether it is depends on the garbage collector: where a fault
    // strikes is counted in bytes.
    ...(authority === undefined ? {} : { connect: { ca: authority, maxCachedSessions: 0 } }),
  })
  return {
    fetch: (input, init) => fetch(input, Object.assign({ ...init }, { dispatcher })),
    destroy: () => dispatcher.destroy(),
  }
}
