/** Clients by hand, one for each protocol: a cached key, the primitives, `fetch`. A JSON value there, one back. */
import { derOf, publicKeyOf, subtle, textOf, utf8 } from './bytes.mjs'
import { openEnvelope, sealEnvelope } from './envelope.mjs'
import { openAnswer, sealRequest } from './exchange.mjs'

const PATH = '/v1/chat/completions'

/**
 * @param {{ url: string, platform: import('./envelope.mjs').Platform, own: { privateKey: CryptoKey, pem: string } }} target
 */
export async function floorClientV1({ url, platform, own }) {
  const pem = await (await fetch(`${url}/pki/public_key`)).text()
  const serverKey = await publicKeyOf(pem, ['wrapKey'])
  const ownKey = encodeURIComponent(own.pem)
  return async (value) => {
    const response = await fetch(`${url}/v1/chat/secure_completion`, {
      method: 'POST',
      headers: {
        'content-type': 'application/octet-stream',
        'x-payload-id': crypto.randomUUID(),
        'x-public-key': ownKey,
      },
      body: await sealEnvelope(platform, serverKey, utf8(JSON.stringify(value))),
    })
    const opened = await openEnvelope(platform, own.privateKey, await response.json())
    return JSON.parse(textOf(opened))
  }
}

/** @param {{ url: string, platform: import('./envelope.mjs').Platform }} target */
export async function floorClientV2({ url, platform }) {
  const { keys } = await (await fetch(`${url}/pki/capabilities`)).json()
  const key = await publicKeyOf(keys[0].pem, ['encrypt'])
  const kid = new Uint8Array(await subtle.digest('SHA-256', derOf(keys[0].pem)))
  return async (value) => {
    const id = crypto.randomUUID()
    const sealed = await sealRequest({ key, kid }, id, PATH, utf8(JSON.stringify(value)))
    const response = await fetch(`${url}/v2/secure`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.nomyo.sealed', 'x-payload-id': id },
      body: platform.binaryBodyOf(sealed.bytes),
    })
    return JSON.parse(textOf(await openAnswer(new Uint8Array(await response.arrayBuffer()), sealed)))
  }
}
