/** A lean router on `node:http`: opens, asks the backend, seals. As many handles of its key as the SDK's command has. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { platform } from '../platform/node.mjs'
import { privateKeyOf, publicKeyOf } from './bytes.mjs'
import { openEnvelope, sealEnvelope } from './envelope.mjs'
import { openRequest, sealAnswer } from './exchange.mjs'

const HANDLES = 2 * availableParallelism()

/**
 * Answers all requests whose path begins with `prefix`.
 *
 * @param {{ privatePem: string, publicPem: string, backend: typeof import('../backend.mjs').backend, prefix?: string }} options
 * @returns {Promise<import('node:http').RequestListener>}
 */
export async function floorRouter({ privatePem, publicPem, backend, prefix = '' }) {
  const keys = await Promise.all(Array.from({ length: HANDLES }, () => handleOf(privatePem)))
  let turn = 0
  const next = () => keys[(turn = (turn + 1) % HANDLES)]
  const versions = ['1.0', '2.0']
  const document = JSON.stringify({ versions, keys: [{ pem: publicPem }], paths: ['/v1/chat/completions'] })
  const capsHash = createHash('sha256').update(document).digest('base64')
  const routes = {
    '/pki/public_key': async () => [publicPem, 'text/plain'],
    '/pki/capabilities': async () => [document, 'application/json'],
    '/v1/chat/secure_completion': (request) => answerV1(request, next().forV1, backend),
    '/v2/secure': (request) => answerV2(request, next().forV2, backend, capsHash),
  }
  const answer = async (request, response) => {
    const [body, type] = await routes[request.url.slice(prefix.length)](request)
    response.writeHead(200, { 'content-type': type }).end(body)
  }
  return (request, response) => void answer(request, response)
}

async function handleOf(pem) {
  const [forV1, forV2] = await Promise.all([privateKeyOf(pem, ['unwrapKey']), privateKeyOf(pem, ['decrypt'])])
  return { forV1, forV2 }
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const bytesOf = async (answer) => new Uint8Array(await answer.arrayBuffer())

async function answerV1(request, privateKey, backend) {
  const envelope = JSON.parse((await bodyOf(request)).latin1Slice())
  const [body, clientKey] = await Promise.all([
    openEnvelope(platform, privateKey, envelope),
    publicKeyOf(decodeURIComponent(request.headers['x-public-key']), ['wrapKey']),
  ])
  const answer = await bytesOf(await backend.send({ body }))
  return [await sealEnvelope(platform, clientKey, answer), 'application/octet-stream']
}

async function answerV2(request, privateKey, backend, capsHash) {
  const id = request.headers['x-payload-id']
  const opened = await openRequest(await bodyOf(request), id, privateKey)
  const answer = await bytesOf(await backend.send(opened))
  const headers = { 'content-type': 'application/json' }
  const meta = { status: 200, headers, payload_id: id, caps_hash: capsHash, t: Date.now() }
  return [await sealAnswer(opened, meta, answer), 'application/vnd.nomyo.stream']
}
