/** The clients of a soak: those that stay, and those whose connections meet faults. */
import { SecureChatCompletion } from '@nomyo/client'
import { memoryKeyStore, type KeyPair, type KeyStore, type TrustStore } from '@nomyo/core'
import { makeAgent, type Agent } from '../faults/agent.ts'
import { CASES, type Case } from '../faults/cases.ts'
import type { Way } from '../faults/matrix.ts'
import { startFaultProxy, type FaultProxy } from '../faults/proxy.ts'
import { wordFor } from '../faults/words.ts'
import { fallen } from './fallen.ts'
import { echoOf, textOf } from './model-server.ts'

/** ms of an attempt, far more than any takes that is not a hang. */
const TIMEOUT = 15_000
/** ms of a call with all its attempts and the waits between them. */
const PATIENCE = 4 * TIMEOUT

/** The faults that one call can meet alone, and that need no other router. */
export const FAULTS: ReadonlyMap<string, Case> = new Map(
  CASES.filter((one) => one.bodyTimeout === undefined)
    .filter(({ faults }) => faults({ sent: 2000, received: 2000 }).length === 1)
    .map((one) => [one.name, one]),
)

/** As long as that of a call: where a fault strikes is counted in bytes. */
const LOOK = textOf(0).replace('call', 'look')

/** How often a client that stays may repeat a call: it outlasts a restart. */
export const RETRIES = 6

/** What each client is made of. */
export interface ClientSetting {
  readonly routerPort: number
  /** Of those that speak 1.0. */
  readonly keyPair: KeyPair
  /** Given to every call: nothing may pile up on it. */
  readonly signal: AbortSignal
}

/** A client that keeps its connections. */
export class SteadyClient implements AsyncDisposable {
  readonly client: SecureChatCompletion
  readonly #agent: Agent
  readonly #signal: AbortSignal

  private constructor(client: SecureChatCompletion, agent: Agent, signal: AbortSignal) {
    this.client = client
    this.#agent = agent
    this.#signal = signal
  }

  static async make(
    protocol: Way['protocol'],
    { routerPort, keyPair, signal }: ClientSetting,
  ): Promise<SteadyClient> {
    const agent = await makeAgent()
    const client = await clientAt(routerPort, { protocol, keyPair, agent, maxRetries: RETRIES })
    return new SteadyClient(client, agent, signal)
  }

  /** @returns `answer`, or in a word what came in its place */
  async call(index: number, streamed: boolean): Promise<string> {
    return this.#ask(textOf(index), streamed)
  }

  /** One call that is not of the plan: the client hears what the router offers now. */
  async look(): Promise<void> {
    assertAnswer(await this.#ask(LOOK, false))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
    await this.#agent.destroy()
  }

  #ask(text: string, streamed: boolean): Promise<string> {
    return outcomeOf(this.client, text, { streamed, timeout: TIMEOUT, signal: this.#signal })
  }
}

/** A client behind a proxy that does to one call after the other what a fault says. */
export class FaultyLane implements AsyncDisposable {
  readonly client: SecureChatCompletion
  readonly #way: Way
  readonly #agent: Agent
  readonly #proxy: FaultProxy
  readonly #signal: AbortSignal
  get protocol(): Way['protocol'] {
    return this.#way.protocol
  }

  /** Bytes of a call that met none. */
  #size: FaultProxy['last'] = { sent: 0, received: 0 }
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(
    way: Way,
    client: SecureChatCompletion,
    agent: Agent,
    proxy: FaultProxy,
    signal: AbortSignal,
  ) {
    this.client = client
    this.#way = way
    this.#agent = agent
    this.#proxy = proxy
    this.#signal = signal
  }

  static async make(way: Way, { routerPort, keyPair, signal }: ClientSetting): Promise<FaultyLane> {
    const proxy = await startFaultProxy(routerPort)
    const agent = await makeAgent()
    const { protocol } = way
    const client = await clientAt(proxy.port, { protocol, keyPair, agent, maxRetries: 0 })
    const lane = new FaultyLane(way, client, agent, proxy, signal)
    await lane.look()
    await lane.look()
    return lane
  }

  /** One call without a fault: the client hears what the router offers now, and a call's size is known. */
  async look(): Promise<void> {
    await this.#inTurn(async () => {
      const outcome = await this.#ask(LOOK, TIMEOUT)
      const { last } = this.#proxy
      assertAnswer(outcome)
      this.#size = last
    })
  }

  /** @returns `answer`, or in a word what came in its place */
  async call(index: number, fault: string): Promise<string> {
    const { faults, timeout = TIMEOUT } = FAULTS.get(fault)!
    return this.#inTurn(async () => {
      this.#proxy.meet(...faults(this.#size))
      return this.#ask(textOf(index), timeout)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
    await this.#agent.destroy()
    await this.#proxy[Symbol.asyncDispose]()
  }

  async #ask(text: string, timeout: number): Promise<string> {
    const { streamed } = this.#way
    const outcome = await outcomeOf(this.client, text, { streamed, timeout, signal: this.#signal })
    // The next call shall have a connection of its own, for its fault to meet.
    this.#proxy.forget()
    this.#proxy.drop()
    const gone = await fallen(() => this.#proxy.sockets, 0)
    return gone === 0 ? outcome : `${outcome} WITH OPEN SOCKETS`
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(task)
    this.#queue = done.catch(() => undefined)
    return done
  }
}

async function clientAt(
  port: number,
  settings: { protocol: Way['protocol']; keyPair: KeyPair; agent: Agent; maxRetries: number },
): Promise<SecureChatCompletion> {
  const { protocol, keyPair, agent, maxRetries } = settings
  return new SecureChatCompletion({
    ...{ baseURL: `http://127.0.0.1:${port}`, allowHttp: true, protocol, maxRetries, logLevel: 'off' },
    ...{ fetch: agent.fetch, keyStore: await storeWith(keyPair) },
  })
}

function assertAnswer(outcome: string): void {
  if (outcome !== 'answer') throw new Error(`A call without a fault ended with ${outcome}.`)
}

async function storeWith(keyPair: KeyPair): Promise<KeyStore & TrustStore> {
  const store = memoryKeyStore()
  await store.save('current', { keyPair, createdAt: Date.now() })
  return store
}

async function outcomeOf(
  client: SecureChatCompletion,
  text: string,
  { streamed, ...options }: { streamed: boolean; timeout: number; signal: AbortSignal },
): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const hang = new Promise<string>((resolve) => (timer = setTimeout(resolve, PATIENCE, 'HANG')))
  const said = streamed ? streamOf(client, text, options) : wholeOf(client, text, options)
  const outcome = said.then(
    (got) => (got === echoOf(text) ? 'answer' : 'WRONG ANSWER'),
    (error: unknown) => wordFor(error),
  )
  try {
    return await Promise.race([outcome, hang])
  } finally {
    clearTimeout(timer)
  }
}

type Options = { readonly timeout: number; readonly signal: AbortSignal }

const asking = (content: string) => ({ model: 'soak', messages: [{ role: 'user' as const, content }] })

async function wholeOf(client: SecureChatCompletion, text: string, options: Options): Promise<string> {
  const { choices } = await client.create(asking(text), options)
  return String(choices[0]?.message.content)
}

async function streamOf(client: SecureChatCompletion, text: string, options: Options): Promise<string> {
  let got = ''
  for await (const { choices } of await client.create({ ...asking(text), stream: true }, options)) {
    got += choices[0]?.delta.content ?? ''
  }
  return got
}
