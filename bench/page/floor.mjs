/** A fresh page by hand: a key from IndexedDB, the router's key, one call. */
import { floorClientV1, floorClientV2 } from '../floor/client.mjs'
import { platform } from '../platform/browser.mjs'
import { requestOf } from '../request.mjs'
import { marked } from '../measure/marks.mjs'

const parameters = new URLSearchParams(location.search)
const url = `${location.origin}/floor`
const RSA = {
  ...{ name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 4096 },
  publicExponent: Uint8Array.of(1, 0, 1),
}

const result = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('IndexedDB failed.', { cause: request.error }))
  })

async function keys(mode) {
  const opening = indexedDB.open('floor', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys')
  const database = await result(opening)
  return database.transaction('keys', mode).objectStore('keys')
}

async function generated() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(RSA, false, ['wrapKey', 'unwrapKey'])
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey))
  const pem = `-----BEGIN PUBLIC KEY-----\n${platform.toBase64(spki)}\n-----END PUBLIC KEY-----\n`
  const own = { privateKey, pem }
  await result((await keys('readwrite')).put(own, 'own'))
  return own
}

async function askV1() {
  const own = (await result((await keys('readonly')).get('own'))) ?? (await generated())
  const ask = await floorClientV1({ url, platform, own })
  await ask(requestOf(1000))
}

async function askV2() {
  const ask = await floorClientV2({ url, platform })
  await ask(requestOf(1000))
}

const ask = parameters.get('protocol') === '1.0' ? askV1 : askV2
globalThis.outcome = parameters.get('task') === 'store' ? generated() : marked(ask)
// Whoever asks for it is told.
globalThis.outcome.catch(() => undefined)
