/** Puts another RSA key in place of the router’s. */
import type { OutgoingRequest, passOn } from './middle.js'

/** Of 2048 bits: large enough to be accepted, if it were the right one. */
const ALGORITHM: RsaHashedKeyGenParams = {
  ...{ name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048 },
  publicExponent: new Uint8Array([1, 0, 1]),
}

/** A public key whose private half the man in the middle has, as PEM. */
export async function makeOtherKey(): Promise<string> {
  const { publicKey } = await crypto.subtle.generateKey(ALGORITHM, true, ['encrypt', 'decrypt'])
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey))
  const base64 = btoa(String.fromCharCode(...spki)).replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`
}

/** Passes the request on; where the answer holds the router’s key, it holds `pem` then. */
export async function withOtherKey(
  request: OutgoingRequest,
  pass: typeof passOn,
  pem: string,
): Promise<Response> {
  const response = await pass(request)
  const { status, headers } = response
  if (!response.ok) return response
  if (request.url.endsWith('/pki/public_key')) return new Response(pem, { status, headers })
  if (!request.url.endsWith('/pki/capabilities')) return response
  const offer = (await response.json()) as { readonly keys: readonly object[] }
  const keys = offer.keys.map((key) => ({ ...key, pem }))
  return new Response(JSON.stringify({ ...offer, keys }), { status, headers })
}
