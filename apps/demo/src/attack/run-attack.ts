/** Makes an attack, and says what the client made of it. */
import { memoryKeyStore, SecureChatCompletion } from '@nomyo/client'
import type { KeyStore, TrustStore } from '@nomyo/client'
import type { ChosenProtocol } from '../client.js'
import { explain, type Explanation } from '../plain-words.js'
import type { Attack } from './attacks.js'
import { fetchThrough, isSealed, passOn, type Middle, type OutgoingRequest } from './middle.js'

/** What came of an attack: the error that the client raised, or that it raised none. */
export interface Outcome {
  readonly protocol: '1.0' | '2.0'
  readonly refusal: Explanation | undefined
}

/** Makes attacks with clients of their own: the page’s key and what it trusts are left alone. */
export class Attacker {
  // One for all, so that the router’s key is one that is known, and 1.0’s own key is made once.
  readonly #store: KeyStore & TrustStore = memoryKeyStore()

  /** An honest call, which is recorded, and then the attack. @throws what the honest call throws. */
  async run(attack: Attack, protocol: ChosenProtocol, model: string): Promise<Outcome> {
    const { captured, spoken } = await this.#record(protocol, model)
    const middle = await attack.prepare(captured)
    const client = this.#client(protocol, middle)
    await client.ready().catch(() => undefined) // the calls meet what keeps it from being ready
    const calls = Array.from({ length: attack.calls }, (_, index) =>
      ask(client, model, `Attack ${index + 1}`),
    )
    const results = await Promise.allSettled(calls)
    client.close()
    const refused = results.find((result) => result.status === 'rejected')
    return { protocol: spoken, refusal: refused && explain(refused.reason) }
  }

  async #record(
    protocol: ChosenProtocol,
    model: string,
  ): Promise<{ readonly captured: OutgoingRequest; readonly spoken: '1.0' | '2.0' }> {
    let captured: OutgoingRequest | undefined
    const client = this.#client(protocol, (request) => {
      if (isSealed(request)) captured = copyOf(request)
      return passOn(request)
    })
    await ask(client, model, 'An honest call')
    const { protocol: spoken } = client.protection()
    client.close()
    if (captured === undefined || spoken === undefined) throw new Error('The honest call sent nothing.')
    return { captured, spoken }
  }

  #client(protocol: ChosenProtocol, middle: Middle): SecureChatCompletion {
    return new SecureChatCompletion({
      ...{ baseURL: location.origin, allowHttp: location.protocol === 'http:', protocol },
      ...{ keyStore: this.#store, fetch: fetchThrough(middle), maxRetries: 0, logLevel: 'off' },
    })
  }
}

async function ask(client: SecureChatCompletion, model: string, content: string): Promise<void> {
  const stream = await client.create({ model, messages: [{ role: 'user', content }], stream: true })
  for await (const _ of stream); // to its end: a cut is seen there
}

/** The bytes as they leave: the client may use its buffer again. */
function copyOf({ url, init }: OutgoingRequest): OutgoingRequest {
  const { body } = init
  return {
    url,
    init: {
      ...init,
      body: ArrayBuffer.isView(body) ? new Uint8Array(body as Uint8Array<ArrayBuffer>) : (body ?? null),
    },
  }
}
