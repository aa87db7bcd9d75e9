/** From an SDK to a model: our fetch, the recording proxy, the router, the model's server; all real, over sockets. */
import { createSecureFetch, type SecureFetchOptions } from '@nomyo/client'
import { generateKeyPair, memoryKeyStore, type KeyPair } from '@nomyo/core'
import { createRouter, openAIBackend, type RouterHandler } from '@nomyo/router'
import { serve } from 'srvx'
import { API_KEY, leaksIn } from './markers.ts'
import { modelServer, type ModelServer } from './model-server.ts'
import { recordingProxy, type RecordingProxy } from './proxy.ts'

export type Protocol = '1.0' | '2.0'

/** What happens to a sealed answer on its way. */
export type Fault = (response: Response, count: number) => Response | Promise<Response>

/** Everything that a case needs. */
export interface Topology {
  readonly protocol: Protocol
  /** For the SDK: the address of the API, at the proxy. */
  readonly baseURL: string
  readonly apiKey: string
  readonly fetch: typeof fetch
  /** How often the SDK has called it. */
  calls(): number
  /** How many sealed requests have left. */
  posts(): number
  readonly model: ModelServer
  readonly proxy: RecordingProxy
}

/** What is not as usual. */
export interface Twist {
  readonly apiKey?: string
  readonly fault?: Fault
  readonly cutAfter?: number
  readonly options?: SecureFetchOptions
}

const keys: Promise<[KeyPair, KeyPair]> = Promise.all([generateKeyPair(), generateKeyPair()])

/** Runs `use` in a fresh topology; fails if the proxy saw a secret. */
export async function inTopology(
  protocol: Protocol,
  twist: Twist,
  use: (topology: Topology) => Promise<void>,
): Promise<void> {
  const model = await modelServer()
  const [routerKeys, clientKeys] = await keys
  const router = createRouter({
    keys: routerKeys,
    backend: openAIBackend({ baseURL: model.url }),
    apiKeys: [API_KEY],
  })
  const server = serve({
    fetch: faulty(router, twist.fault),
    port: 0,
    hostname: '127.0.0.1',
    silent: true,
    gracefulShutdown: false,
  })
  await server.ready()
  const proxy = await recordingProxy(server.url!)
  proxy.cutAfter(twist.cutAfter)
  let calls = 0
  const keyStore = memoryKeyStore()
  await keyStore.save('current', { keyPair: clientKeys, createdAt: Date.now() })
  const secureFetch = createSecureFetch({
    ...{ baseURL: proxy.url, allowHttp: true, logLevel: 'off', protocol, keyStore },
    ...twist.options,
  })
  try {
    await use({
      protocol,
      baseURL: `${proxy.url}/v1`,
      apiKey: twist.apiKey ?? API_KEY,
      fetch: async (input, init) => {
        calls++
        return secureFetch(input, init)
      },
      calls: () => calls,
      posts: () => proxy.count('POST /v'),
      model,
      proxy,
    })
    const leaks = leaksIn(proxy.seen())
    if (leaks.length > 0) throw new Error(`the wire showed ${leaks.join(', ')}`)
  } finally {
    await proxy.close()
    await server.close(true)
    await model.close()
  }
}

/** The same without our fetch, to show that the proxy would see what is there to see. */
export async function inClear(
  use: (topology: Omit<Topology, 'protocol'>) => Promise<void>,
): Promise<string[]> {
  const model = await modelServer()
  const proxy = await recordingProxy(model.url)
  try {
    const rest = { calls: () => 0, posts: () => 0, model, proxy }
    await use({ baseURL: `${proxy.url}/v1`, apiKey: API_KEY, fetch: globalThis.fetch, ...rest })
    return leaksIn(proxy.seen())
  } finally {
    await proxy.close()
    await model.close()
  }
}

function faulty(router: RouterHandler, fault: Fault | undefined): RouterHandler {
  let count = 0
  return async (request) => {
    const response = await router(request)
    return fault !== undefined && request.method === 'POST' ? fault(response, ++count) : response
  }
}
