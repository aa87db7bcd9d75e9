/** Protocol 2.0 in two languages, live: what one side seals with fresh randomness, the other opens. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Bytes } from '@nomyo/core'
import {
  openRequest,
  sealRequest,
  type RequestContext,
  type ResponseMeta,
  type SealedPart,
} from '@nomyo/core/exchange'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { concat, utf8 } from '../src/lib/bytes.js'
import { CAPS_HASH, PAYLOAD_ID } from './exchange-forge.js'
import { openAll, sealAll } from './exchange-parts.js'
import { PRIVATE_KEYS } from './fixtures/keys.js'
import { bytesOf, flip } from './forge.js'
import { keyPair, type KeyName } from './keys.js'
import { findPython, MAKERS, NO_PYTHON, PEER_V2, runPeer } from './python.js'
import { say } from './say.js'
import { expectUndecryptable } from './undecryptable.js'

const SECRET = 'the answer that nobody may see'
const SIZES: KeyName[] = ['rsa2048', 'rsa3072', 'rsa4096']
let directory = ''
let exchanges = 0

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nomyo-core-'))
  for (const name of SIZES) {
    writeFileSync(join(directory, `${name}.pem`), PRIVATE_KEYS[name], { mode: 0o600 })
    writeFileSync(join(directory, `${name}.pub.pem`), (await keyPair(name)).publicKey.pem)
  }
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
  say(`2.0: ${exchanges} exchanges between our core and the Python peer, random keys, nonces and seeds`)
})

/** What binds an answer, as the peer writes it down. */
interface Binding {
  readonly k_res: string
  readonly th: string
  readonly payload_id: string
}

interface Asked extends Binding {
  readonly envelope: string
}

interface Opened extends Binding {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
  readonly iat: number
}

interface Answered {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
  readonly error: object | null
}

async function peer<T>(command: string, input: object, ...args: string[]): Promise<T> {
  const output = await runPeer([command, ...args], Buffer.from(JSON.stringify(input)), PEER_V2)
  return JSON.parse(output.toString()) as T
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const outerOf = ({ payloadID, tier, authorization }: RequestContext): object => ({
  payload_id: payloadID,
  security_tier: tier,
  authorization,
})
const META: ResponseMeta = {
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  payload_id: PAYLOAD_ID,
  caps_hash: CAPS_HASH,
  t: 1_767_225_600_000,
}

/** Bytes that differ each time. */
function random(size: number): Bytes {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

const CONTEXTS: RequestContext[] = [
  { payloadID: PAYLOAD_ID },
  { payloadID: PAYLOAD_ID, tier: 'high' },
  { payloadID: PAYLOAD_ID, authorization: 'Bearer sk-live' },
  { payloadID: PAYLOAD_ID, tier: 'maximum', authorization: 'Bearer sk-live' },
]
const BODIES: [string, KeyName, () => Bytes][] = [
  ['an empty body', 'rsa2048', () => new Uint8Array()],
  ['1 random byte', 'rsa3072', () => random(1)],
  ['5000 random bytes', 'rsa2048', () => random(5000)],
  ['non-ASCII text', 'rsa4096', () => utf8('Grüße, 東京, עברית, 👩‍👩‍👧, \u2028')],
  ['10 MiB exactly', 'rsa2048', () => random(10 * 1024 * 1024)],
]
const table = BODIES.map(
  ([what, name, make], i) => [what, name, make, CONTEXTS[i % CONTEXTS.length]!] as const,
)

/** What a whole answer and a streamed one consist of. */
const ANSWERS: [string, number | undefined, (body: Bytes) => SealedPart[]][] = [
  ['whole', undefined, (bytes) => [{ kind: 'data', bytes, isFinal: true }]],
  [
    'streamed',
    1024,
    (bytes) => [
      { kind: 'data', bytes: bytes.subarray(0, 700) },
      { kind: 'pad' },
      { kind: 'data', bytes: bytes.subarray(700) },
      { kind: 'pad', isFinal: true },
    ],
  ],
]

describe('the Python peer and ours', () => {
  beforeEach((context) => {
    if (findPython() === undefined) context.skip(NO_PYTHON)
  })

  it.each(table)('our request, its answer: %s, %s', async (_what, name, make, context) => {
    const body = make()
    const inner = { method: 'POST', path: '/v1/x?q=%C3%BC', headers: { 'x-a': 'ü\t1' }, body }
    const { publicKey } = await keyPair(name)
    const sealed = await sealRequest(inner, publicKey, context, { issuedAt: 1_767_225_600_123 })
    const envelope = { envelope: base64(sealed.bytes), ...outerOf(context) }
    const key = ['--private-key', join(directory, `${name}.pem`)]
    const opened = await peer<Opened>('open-request', envelope, ...key)
    expect(opened).toMatchObject({ method: 'POST', path: inner.path, headers: inner.headers })
    expect(opened.iat).toBe(1_767_225_600_123)
    expect(Buffer.from(opened.body, 'base64').equals(body)).toBe(true)

    const frames = [
      { type: 0, content: '', size: 1024 },
      { type: 2, content: base64(body.subarray(0, 1000)), size: 1024 },
      { type: 2, content: base64(body.subarray(1000, 66_000)), final: true },
    ]
    const { k_res, th, payload_id } = opened
    const told = { ...META, k_res, th, payload_id, frames, meta_size: 1024 }
    const { response } = await peer<{ response: string }>('seal-response', told)
    const outcome = await openAll(sealed, [bytesOf(response)])
    expect(outcome.error).toBeUndefined()
    expect(outcome.parts[0]).toEqual({ kind: 'meta', meta: META })
    const parts = outcome.parts.flatMap((part) => (part.kind === 'data' ? [part.bytes] : []))
    expect(Buffer.from(body.subarray(0, 66_000)).equals(concat(...parts))).toBe(true)
    exchanges++
  })

  it.each(table)('its request, our answers: %s, %s', async (_what, name, make, context) => {
    const body = make()
    const told = { method: 'PUT', path: '/v1/y', headers: {}, body: base64(body), iat: 42 }
    const key = ['--public-key', join(directory, `${name}.pub.pem`)]
    const asked = await peer<Asked>('seal-request', { ...told, ...outerOf(context) }, ...key)
    const opened = await openRequest(bytesOf(asked.envelope), await keyPair(name), context)
    expect(opened).toMatchObject({ issuedAt: 42, request: { method: 'PUT', path: '/v1/y', headers: {} } })
    expect(Buffer.from(opened.request.body).equals(body)).toBe(true)

    const { k_res, th, payload_id } = asked
    for (const [, frameBytes, partsOf] of body.length > 100_000 ? ANSWERS.slice(0, 1) : ANSWERS) {
      const sealer = opened.sealResponse(frameBytes === undefined ? {} : { frameBytes })
      const chunks = await sealAll(sealer, [{ kind: 'meta', meta: META }, ...partsOf(body)])
      const response = base64(concat(...chunks))
      const answer = await peer<Answered>('open-response', { k_res, th, payload_id, response })
      expect(answer).toMatchObject({ status: 200, headers: META.headers, error: null })
      expect(Buffer.from(answer.body, 'base64').equals(body)).toBe(true)
      exchanges++
    }
  })

  it('refuse one another’s requests and answers when a bit is flipped, and know a cut', async () => {
    const [pair, context] = [await keyPair('rsa2048'), CONTEXTS[3]!]
    const inner = { method: 'POST', path: '/v1/x', headers: {}, body: utf8('{}') }
    const sealed = await sealRequest(inner, pair.publicKey, context)
    const key = ['--private-key', join(directory, 'rsa2048.pem')]
    const open = (bytes: Uint8Array, outer: object = outerOf(context)): Promise<Opened> =>
      peer<Opened>('open-request', { envelope: base64(bytes), ...outer }, ...key)
    const opaque = 'the envelope could not be opened'
    await expect(open(flip(sealed.bytes, 400))).rejects.toThrow(opaque)
    await expect(open(sealed.bytes, outerOf({ ...context, tier: 'standard' }))).rejects.toThrow(opaque)

    const opened = await openRequest(sealed.bytes, pair, context)
    const parts: SealedPart[] = [{ kind: 'meta', meta: META }, ...ANSWERS[0]![2](utf8(SECRET))]
    const response = concat(...(await sealAll(opened.sealResponse(), parts)))
    const { k_res, th, payload_id } = await open(sealed.bytes)
    const read = (bytes: Uint8Array): Promise<Answered> =>
      peer<Answered>('open-response', { k_res, th, payload_id, response: base64(bytes) })
    await expect(read(flip(response, response.length - 1))).rejects.toThrow(opaque)
    await expect(read(concat(response, new Uint8Array(1)))).rejects.toThrow(opaque)
    await expect(read(response.subarray(0, -1))).rejects.toThrow('ended before its final frame')
    expectUndecryptable((await openAll(sealed, [flip(response, response.length - 1)])).error, [SECRET])
  })

  it.each(MAKERS.map((maker) => [basename(maker), maker]))(
    'the vectors are what %s makes',
    async (_, maker) => {
      say(
        `vectors made again in Python: ${(await runPeer(['--check'], new Uint8Array(), maker)).toString().trim()}`,
      )
    },
  )
})
