/** Envelopes of protocol 2.0 that are made once and sent as often as a test likes. */
import { importPublicKey, type PublicKey } from '@nomyo/core'
import { sealRequest } from '@nomyo/core/exchange'
import { ask } from './http.ts'

/** One that can be sent again. */
export interface Envelope {
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/** The key of the router at that port. */
export async function routerKey(port: number): Promise<PublicKey> {
  return importPublicKey((await ask(port, { path: '/pki/public_key' })).body)
}

/** A completion of that model, sealed to `key`. */
export async function envelopeFor(key: PublicKey, model: string, issuedAt?: number): Promise<Envelope> {
  const payloadID = crypto.randomUUID()
  const question = { model, messages: [{ role: 'user', content: 'Hello' }] }
  const { bytes } = await sealRequest(
    {
      ...{ method: 'POST', path: '/v1/chat/completions', headers: { 'content-type': 'application/json' } },
      body: new TextEncoder().encode(JSON.stringify(question)),
    },
    key,
    { payloadID },
    issuedAt === undefined ? {} : { issuedAt },
  )
  return {
    body: bytes,
    headers: { 'content-type': 'application/vnd.nomyo.sealed', 'x-payload-id': payloadID },
  }
}

/** Sends it to the router at that port, reads the answer to its end, and gives the status. */
export async function sendTo(port: number, { body, headers }: Envelope): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/v2/secure`, { method: 'POST', body, headers })
  await response.arrayBuffer()
  return response.status
}
