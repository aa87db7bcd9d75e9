/** The vectors of protocol 2.0 at the router: what each invalid request is answered with. */
import { createRouter, type RouterHandler } from '@nomyo/router'
import { beforeAll, describe, expect, it } from 'vitest'
import { readAll } from '../../core/test/exchange-parts.ts'
import { bytesOf } from '../../core/test/forge.ts'
import { say } from '../../core/test/say.ts'
import {
  openerOf,
  vectorKey,
  vectors,
  type InvalidRequest,
  type RequestVector,
} from '../../core/test/vectors-v2.ts'
import { completion, scripted, untouched } from './support/backends.ts'
import { URL_OF_ROUTER } from './support/peer.ts'

/** When the vectors were sealed. */
const NOW = 1_767_225_600_000
const { valid, invalid } = vectors.requests

/** HTTP cannot carry what is not a byte. */
const canBeSent = ({ outer }: RequestVector): boolean =>
  Object.values(outer).every((value) => /^[\0-\xff]*$/.test(value))

let router: RouterHandler
beforeAll(async () => {
  router = createRouter({
    keys: await vectorKey('rsa2048'),
    backend: untouched(),
    now: () => NOW + 1000,
    replayStore: { claim: () => Promise.resolve(true) },
    paths: ['/*', '/v1/models/*'],
  })
})

async function send(handler: RouterHandler, { outer, envelope_base64 }: RequestVector): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/vnd.nomyo.sealed' })
  if (outer.payload_id !== undefined) headers.set('x-payload-id', outer.payload_id)
  if (outer.security_tier !== undefined) headers.set('x-security-tier', outer.security_tier)
  if (outer.authorization !== undefined) headers.set('authorization', outer.authorization)
  const body = bytesOf(envelope_base64)
  return handler(new Request(`${URL_OF_ROUTER}/v2/secure`, { method: 'POST', headers, body }))
}

/** Everything about an answer but its own id and its time. */
async function faceOf(response: Response): Promise<object> {
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id')
  return { status: response.status, headers, text: await response.text() }
}

const expecting = (expected: InvalidRequest['expected']): InvalidRequest[] =>
  invalid.filter((vector) => vector.expected === expected && canBeSent(vector))

describe('an invalid request', () => {
  it.each(expecting('opaque'))('gets the one opaque 400: $id', async (vector) => {
    const reference = await send(
      router,
      invalid.find(({ id }) => id === 'request/flipped-tag-last-byte')!,
    )
    expect(reference.status).toBe(400)
    expect(await faceOf(await send(router, vector))).toEqual(await faceOf(reference))
  })

  it.each(expecting('unknown_key'))('gets the 422 that tells of the key: $id', async (vector) => {
    expect((await send(router, vector)).status).toBe(422)
  })

  it.each(expecting('path'))('is refused sealed, whatever is listed: $id', async (vector) => {
    const response = await send(router, vector)
    expect(response.status).toBe(200)
    const { parts, error } = await readAll(response.body!.pipeThrough(await openerOf(vector)))
    expect(error).toBeUndefined()
    expect(parts[0]).toMatchObject({ kind: 'meta', meta: { status: 404, refused: 'path' } })
  })

  it('is there in every kind', () => {
    const counts = (['opaque', 'unknown_key', 'path'] as const).map((kind) => expecting(kind).length)
    say(`vectors of protocol 2.0 at the router: ${counts.join(', ')} (opaque 400, 422, sealed refusal)`)
    expect(counts[0]).toBeGreaterThan(190)
    expect(counts[1]).toBe(3)
    expect(counts[2]).toBeGreaterThan(30)
  })
})

it('a valid request reaches the models’ server', async () => {
  const backend = scripted(() => completion())
  const vector = valid.find(({ id }) => id === 'request-outer-tier-and-authorization')!
  const replayStore = { claim: () => Promise.resolve(true) }
  const keys = await vectorKey('rsa2048')
  const response = await send(createRouter({ keys, backend, now: () => NOW, replayStore }), vector)
  expect(response.status).toBe(200)
  await response.arrayBuffer()
  expect(backend.calls[0]!.call.path).toBe(vector.path)
})
