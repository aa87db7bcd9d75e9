/** A real client, a real router, and the proxy between them. */
import { SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { vi } from 'vitest'
import { serveRouter } from '../../../cli/test/support/stack.ts'
import type { Certificate } from '../support/certificates.ts'
import { clientKeyStore, testKeyPair } from '../support/keys.ts'
import { makeAgent, type AgentRules } from './agent.ts'
import { echoBackend } from './echo-backend.ts'
import { outcomeOf, type Asking } from './outcome.ts'
import { startFaultProxy, type FaultProxy } from './proxy.ts'
import { countAccepted, systemSockets } from './sockets.ts'
import { startTlsEnd, type TlsEnd } from './tls-end.ts'

/** ms, far more than anything here takes that is not a hang. */
const PATIENCE = 15_000

/** What the stage is set with. */
export interface Setting extends Omit<Asking, 'text' | 'timeout'> {
  readonly options?: ClientOptions
  readonly agent?: AgentRules
  /** With it the client speaks https. */
  readonly certificate?: Certificate
  /** ms that the router waits for a request's body. Default: its own. */
  readonly bodyTimeout?: number | undefined
}

/** A call, and what came of it. */
export interface Called {
  readonly text: string
  readonly outcome: string
}

/** One client before one router. */
export interface Stage extends AsyncDisposable {
  readonly proxy: FaultProxy
  readonly tls: TlsEnd | undefined
  /** The ids of the envelopes that the client has sealed. */
  readonly sealed: readonly string[]
  /** How often the backend has been asked with the text of a call, by now. */
  times(text: string): number
  /** Calls with a text of its own, in `timeout` ms. */
  call(timeout?: number): Promise<Called>
  /** Waits until no connection is left; idle ones are ended. */
  empty(): Promise<void>
  /** Waits until no more than `idle` connections are left; ends those, and waits until none has left a socket anywhere. */
  settle(idle: number): Promise<void>
}

let number = 0

/** Sets one. */
export async function setStage({
  agent: rules = {},
  options,
  certificate,
  bodyTimeout,
  ...asking
}: Setting): Promise<Stage> {
  const backend = echoBackend()
  const keys = await testKeyPair('router2048')
  const router = await serveRouter({
    keys,
    backend,
    limits: bodyTimeout === undefined ? {} : { bodyTimeout },
  })
  const port = Number(new URL(router.url).port)
  const accepted = countAccepted(port)
  const tls = certificate && (await startTlsEnd(port, certificate))
  const proxy = await startFaultProxy(tls?.port ?? port)
  const agent = await makeAgent(rules)
  // Those that listen.
  const quiet = systemSockets()
  const sealed: string[] = []
  const client = new SecureChatCompletion({
    ...{ baseURL: `${tls ? 'https' : 'http'}://localhost:${proxy.port}`, allowHttp: tls === undefined },
    ...{ keyStore: await clientKeyStore(), protocol: asking.protocol, fetch: agent.fetch },
    ...{ maxRetries: 0, logLevel: 'off', onSeal: ({ payloadID }) => void sealed.push(payloadID) },
    ...options,
  })
  const until = (condition: () => boolean): Promise<boolean> =>
    vi.waitUntil(condition, { interval: 1, timeout: PATIENCE })
  const empty = async (): Promise<void> => {
    proxy.drop()
    await until(() => proxy.sockets === 0 && accepted.open === 0)
  }
  return {
    ...{ proxy, tls, sealed, empty, times: backend.times },
    async call(timeout = PATIENCE) {
      const text = `call ${String(number++).padStart(6, '0')}`
      const outcome = await outcomeOf(client, { ...asking, text, timeout }, timeout + PATIENCE)
      return { text, outcome }
    },
    async settle(idle) {
      await until(() => proxy.open <= idle)
      await empty()
      await until(() => systemSockets() <= quiet)
    },
    async [Symbol.asyncDispose]() {
      client.close()
      await agent.destroy()
      await proxy[Symbol.asyncDispose]()
      await tls?.[Symbol.asyncDispose]()
      await router[Symbol.asyncDispose]()
      accepted.stop()
    },
  }
}
