/** Which models a router has. */
import type { SecureChatCompletion } from '@nomyo/client'
import { isJsonObject } from '@nomyo/core'
import { CommandFailure } from '../failure.js'
import { whileWaiting } from '../terminal/waiting.js'
import { interruptible } from './interruption.js'

const SAY_WHICH = 'Say which one: --model NAME, or NOMYO_MODEL.'

/**
 * The names that the router lists, asked over the encryption, which only protocol 2.0 carries this through.
 * @throws CommandFailure if it lists none.
 */
export async function listedModels(client: SecureChatCompletion, url: string): Promise<readonly string[]> {
  if (client.protection().protocol === '1.0') {
    throw new CommandFailure(`Over protocol 1.0 a router does not tell its models. ${SAY_WHICH}`)
  }
  const address = `${url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1/models`
  const { status, body } = await interruptible(({ signal }) =>
    whileWaiting('Asking for the models', async () => {
      const response = await client.fetch(address, { signal }).catch(asFailure)
      return { status: response.status, body: (await response.json().catch(() => undefined)) as unknown }
    }),
  )
  if (status === 401 || status === 403) {
    throw new CommandFailure(`The router refuses to tell its models (${status}). Is NOMYO_API_KEY right?`)
  }
  const data = isJsonObject(body) && Array.isArray(body['data']) ? (body['data'] as unknown[]) : []
  const names = data.flatMap((one) => (isJsonObject(one) && typeof one['id'] === 'string' ? [one['id']] : []))
  if (names.length === 0) throw new CommandFailure(`The router tells of no model (${status}). ${SAY_WHICH}`)
  return names
}

/** A broken connection is a TypeError, as of any fetch. */
function asFailure(error: unknown): never {
  if (!(error instanceof TypeError)) throw error
  throw new CommandFailure(`The connection broke while the router was asked for its models. ${SAY_WHICH}`)
}
