/** Single operations in Node, each beside the same by hand. */
import { createPrivateKey } from 'node:crypto'
import { importPrivateKey, importPublicKey, decodePem, generateKeyPair, open, seal } from '@nomyo/core'
import { openRequest, sealRequest } from '@nomyo/core/exchange'
import { exportPrivateKeyPem, importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { readPrivateKeyPem } from '@nomyo/keystore-pem'
import { fromBase64, toBase64 } from '../../packages/core/dist/chunks/base.js'
import { derOf, privateKeyOf, publicKeyOf, subtle, utf8 } from '../floor/bytes.mjs'
import { openEnvelope, sealEnvelope } from '../floor/envelope.mjs'
import * as byHand from '../floor/exchange.mjs'
import { marked } from '../measure/marks.mjs'
import { bootstrap, median, ratioOf } from '../measure/statistics.mjs'
import { timesInTurns } from '../measure/turns.mjs'
import { platform } from '../platform/node.mjs'
import { ms } from '../report.mjs'

const SIZES = [
  { label: '1 KB', bytes: 1e3, turns: 40 },
  { label: '1 MB', bytes: 1e6, turns: 20 },
  { label: '9 MB', bytes: 9e6, turns: 8 },
]
const PATH = '/v1/chat/completions'
const PASSWORD = 'a password for the bench'

/** @param {import('../context.mjs').Context} context */
export async function operations(context) {
  const { own } = context.addresses
  const keys = await keysOf(own)
  for (const size of SIZES) {
    context.report.heading(`Single operations, ${size.label}`)
    context.report.line('', 'SDK', 'by hand')
    const bytes = crypto.getRandomValues(new Uint8Array(Math.min(size.bytes, 65_536)))
    const plaintext = new Uint8Array(size.bytes).map((_, i) => bytes[i % bytes.length])
    for (const [name, pair] of Object.entries(await pairsOf(keys, plaintext)))
      await compare(context, name, pair, size)
  }
  await keyOperations(context, own)
}

async function compare({ report, turns }, name, [sdk, hand], { label, turns: count }) {
  const silent = (task) => async () => void (await task())
  const times = await timesInTurns(turns(count), { sdk: silent(sdk), hand: silent(hand) })
  report.line(name, ms(median(times.sdk)), ms(median(times.hand)))
  report.keep(`${name}, ${label}`, times)
  report.ratio(`${name} / by hand`, ratioOf(times.sdk, times.hand))
}

async function keysOf({ publicPem, privatePem }) {
  const pair = await importPrivateKey(decodePem(privatePem).der)
  const [wrap, unwrap, encrypt, decrypt] = await Promise.all([
    publicKeyOf(publicPem, ['wrapKey']),
    privateKeyOf(privatePem, ['unwrapKey']),
    publicKeyOf(publicPem, ['encrypt']),
    privateKeyOf(privatePem, ['decrypt']),
  ])
  const kid = new Uint8Array(await subtle.digest('SHA-256', derOf(publicPem)))
  return { pair, wrap, unwrap, decrypt, recipient: { key: encrypt, kid } }
}

/** Of each operation: ours, and the same by hand. */
async function pairsOf(keys, plaintext) {
  const { pair, wrap, unwrap, recipient, decrypt } = keys
  const envelope = await seal(plaintext, pair.publicKey)
  const parse = (bytes) => JSON.parse(Buffer.from(bytes).latin1Slice())
  const id = crypto.randomUUID()
  const context = { payloadID: id, tier: undefined, authorization: undefined }
  const request = { method: 'POST', path: PATH, headers: { 'content-type': 'application/json' } }
  const sealSdk = () => sealRequest({ ...request, body: plaintext }, pair.publicKey, context)
  const sealHand = () => byHand.sealRequest(recipient, id, PATH, plaintext)
  const { bytes: sealed } = await sealSdk()
  const [base64, bytes] = [platform.toBase64(plaintext), plaintext]
  return {
    'seal 1.0': [() => seal(plaintext, pair.publicKey), () => sealEnvelope(platform, wrap, plaintext)],
    'open 1.0': [() => open(envelope, pair), () => openEnvelope(platform, unwrap, parse(envelope))],
    'seal request 2.0': [sealSdk, sealHand],
    'open request 2.0': [
      () => openRequest(sealed, pair, context),
      () => byHand.openRequest(sealed, id, decrypt),
    ],
    'answer 2.0, seal and open': await answersOf(
      { pair, context, sealSdk, sealHand, decrypt, id },
      plaintext,
    ),
    'to base64': [() => toBase64(bytes), () => platform.toBase64(bytes)],
    'from base64': [() => fromBase64(base64), () => platform.fromBase64(base64)],
  }
}

async function answersOf({ pair, context, sealSdk, sealHand, decrypt, id }, body) {
  const meta = { status: 200, headers: {}, payload_id: id, caps_hash: `${'A'.repeat(43)}=`, t: 0 }
  const asked = await sealSdk()
  const opened = await openRequest(asked.bytes, pair, context)
  const askedByHand = await sealHand()
  const openedByHand = await byHand.openRequest(askedByHand.bytes, id, decrypt)
  const sdk = async () => {
    const parts = [
      { kind: 'meta', meta },
      { kind: 'data', bytes: body, isFinal: true },
    ]
    for await (const part of asked.openParts(opened.sealParts([parts]))) void part
  }
  const hand = async () => byHand.openAnswer(await byHand.sealAnswer(openedByHand, meta, body), askedByHand)
  return [sdk, hand]
}

async function keyOperations(context, { publicPem, privatePem }) {
  const { report, isShort } = context
  report.heading('Single operations, keys')
  report.line('', 'SDK', 'by hand')
  const usages = /** @type {KeyUsage[]} */ (['unwrapKey'])
  const keyPair = await importPrivateKey(decodePem(privatePem).der, { exportable: true })
  const encrypted = await exportPrivateKeyPem(keyPair, { password: PASSWORD })
  const read = (pem, options) => readPrivateKeyPem(utf8(pem), options)
  const asNodeDoes = async (key, passphrase) => {
    const der = createPrivateKey({ key, passphrase }).export({ type: 'pkcs8', format: 'der' })
    return subtle.importKey('pkcs8', der, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, usages)
  }
  const size = { label: 'keys', turns: 12 }
  const pairs = {
    'public PEM': [() => importPublicKey(publicPem), () => publicKeyOf(publicPem, ['wrapKey'])],
    'PEM, as a page opens it': [
      () => importPrivateKeyPem(privatePem),
      () => privateKeyOf(privatePem, usages),
    ],
    'PEM file': [() => read(privatePem), () => asNodeDoes(privatePem)],
    'PEM file with a password': [
      () => read(encrypted, { password: PASSWORD }),
      () => asNodeDoes(encrypted, PASSWORD),
    ],
  }
  for (const [name, pair] of Object.entries(pairs)) await compare(context, name, pair, size)
  const outcomes = []
  for (let i = 0; i < (isShort ? 2 : 4); i++) outcomes.push(await marked(() => generateKeyPair()))
  report.line('one key generation', ms(median(outcomes.map((one) => one.generatedFor))))
  const beyond = outcomes.map(({ start, answered, generatedFor }) => answered - start - generatedFor)
  report.ratio('generateKeyPair, ms beyond that', bootstrap(beyond, median))
}
