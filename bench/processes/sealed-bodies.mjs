/** Requests that are sealed before they are needed, so that a load is not slowed by sealing them. */
import { derOf, publicKeyOf, subtle } from '../floor/bytes.mjs'
import { sealEnvelope } from '../floor/envelope.mjs'
import { sealRequest } from '../floor/exchange.mjs'
import { platform } from '../platform/node.mjs'

/** A router opens the same envelope of 1.0 again: so many different ones do. */
const ENVELOPES = 32
/** More than two cores of today open in a second. */
const MAX_RATE = 600

/**
 * @returns {Promise<() => object | undefined>} gives the next request: path, headers, body, and what an answer must
 *   be; undefined once all are used up
 */
export function sealedBodies({ protocol, ...settings }) {
  return protocol === '1.0' ? envelopes(settings) : exchanges(settings)
}

async function envelopes({ url, question, own }) {
  const serverKey = await publicKeyOf(await (await fetch(`${url}/pki/public_key`)).text(), ['wrapKey'])
  const bodies = await allOf(ENVELOPES, () => sealEnvelope(platform, serverKey, question))
  const publicKey = encodeURIComponent(own.publicPem)
  const isAnswer = (bytes) => bytes.length > 1000 && bytes.latin1Slice(0, 16) === '{"version":"1.0"'
  let turn = 0
  return () => {
    const body = bodies[turn++ % ENVELOPES]
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': body.length,
      'x-payload-id': crypto.randomUUID(),
      'x-public-key': publicKey,
    }
    return { path: '/v1/chat/secure_completion', headers, body, isAnswer }
  }
}

async function exchanges({ url, question, connections, seconds }) {
  const { keys } = await (await fetch(`${url}/pki/capabilities`)).json()
  const kid = new Uint8Array(await subtle.digest('SHA-256', derOf(keys[0].pem)))
  const serverKey = { key: await publicKeyOf(keys[0].pem, ['encrypt']), kid }
  const isAnswer = (bytes) => bytes.length > 500 && bytes.latin1Slice(0, 4) === 'NMS2'
  const left = await allOf(seconds * MAX_RATE + connections, async () => {
    const id = crypto.randomUUID()
    const { bytes } = await sealRequest(serverKey, id, '/v1/chat/completions', question)
    const headers = {
      'content-type': 'application/vnd.nomyo.sealed',
      'content-length': bytes.length,
      'x-payload-id': id,
    }
    return { path: '/v2/secure', headers, body: bytes, isAnswer }
  })
  return () => left.pop()
}

/** In bunches: thousands at once would only wait for one another. */
async function allOf(count, make) {
  const made = []
  while (made.length < count) {
    const bunch = Array.from({ length: Math.min(64, count - made.length) }, make)
    made.push(...(await Promise.all(bunch)))
  }
  return made
}
