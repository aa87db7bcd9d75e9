/** An answer of protocol 2.0 cut at every byte, and with every byte changed: through the whole client. */
import type { SecureChatCompletion } from '@nomyo/client'
import { StreamTruncatedError } from '@nomyo/core'
import { capabilitiesHash, encodeCapabilities, openRequest, type SealedPart } from '@nomyo/core/exchange'
import { describe, expect, test } from 'vitest'
import { ask, clientOf, failureOf } from '../support/client.ts'
import { DONE, EVENTS } from '../support/events.ts'
import { testKeyPair } from '../support/keys.ts'
import { say } from '../../../core/test/say.ts'
import { PATHS } from '../support/sealed-router.ts'

const over2 = (router: { readonly url: string }, options = {}): Promise<SecureChatCompletion> =>
  clientOf(router, { protocol: '2.0', ...options })

/** Reads a streamed answer to its end. */
async function read(client: SecureChatCompletion): Promise<unknown> {
  let text = ''
  for await (const { choices } of await client.create({ ...ask(), stream: true }))
    text += choices[0]?.delta.content
  return text
}

type Change = (bytes: Uint8Array) => Uint8Array

const readWhole = async (client: SecureChatCompletion): Promise<unknown> => client.create(ask())

describe('cut at every byte, and with every byte changed', () => {
  // Of the stream every eighth place, and each byte of the frames' headers: that it opens is the same code.
  const kinds: [string, { headers: Record<string, string>; body: string }, number, typeof readWhole][] = [
    [
      'a whole answer',
      { headers: { 'content-type': 'application/json' }, body: '{"choices":[]}' },
      1,
      readWhole,
    ],
    ['a stream', { headers: EVENTS, body: `data: {"choices":[]}\n\n${DONE}` }, 8, read],
  ]

  test.each(kinds)('%s is never taken for right', async (what, reply, every, take) => {
    const { client, changes, length } = await localRouter(reply)
    await take(client) // unaltered it is right
    const places = Array.from({ length }, (_, at) => at).filter(
      (at) => at % every === 0 || (at - 68) % 276 < 4,
    )
    const errorsOf = (change: (at: number) => Change): Promise<Error[]> => {
      changes.push(...places.map(change))
      return Promise.all(places.map(() => failureOf(() => take(client))))
    }
    const cuts = await errorsOf((at) => (bytes) => bytes.subarray(0, at))
    expect(cuts.filter((error) => !(error instanceof StreamTruncatedError))).toEqual([])
    const flips = await errorsOf(
      (at) => (bytes) => bytes.map((byte, i) => (i === at ? byte ^ (1 << (at % 8)) : byte)),
    )
    // A changed length may ask for more than there is: then the end comes too early.
    const codes = new Set(flips.map((error) => Reflect.get(error, 'code') as unknown))
    expect(codes).toEqual(new Set(['decryption_failed', 'stream_truncated']))
    expect([cuts.length, flips.length]).toEqual([places.length, places.length])
    say(`2.0, client, ${what}: ${cuts.length} cuts and ${flips.length} changed bytes, all of them found`)
  })
})

/**
 * A client whose fetch is a router in this process, for thousands of calls: core's own opening and sealing, with no
 * sockets between. Each answer is changed by the next of `changes`.
 */
async function localRouter({ headers, body }: { headers: Record<string, string>; body: string }): Promise<{
  readonly client: SecureChatCompletion
  readonly changes: Change[]
  /** Bytes of each answer: its beginning and two frames of 256 bytes, as small as they are. */
  readonly length: number
}> {
  const pair = await testKeyPair('router2048')
  const keys = [{ pem: pair.publicKey.pem }]
  const document = encodeCapabilities({ versions: ['2.0'], keys, paths: PATHS })
  const common = { status: 200, headers, caps_hash: await capabilitiesHash(document), t: 1 }
  const bytes = new TextEncoder().encode(body)
  const changes: Change[] = []
  const answer = async (request: Request): Promise<Uint8Array<ArrayBuffer>> => {
    const payload_id = request.headers.get('x-payload-id')!
    const sealed = new Uint8Array(await request.arrayBuffer())
    const opened = await openRequest(sealed, pair, { payloadID: payload_id })
    const parts: SealedPart[] = [
      { kind: 'meta', meta: { ...common, payload_id } },
      { kind: 'data', bytes, isFinal: true },
    ]
    const source = new ReadableStream<SealedPart[]>({
      start(controller) {
        controller.enqueue(parts)
        controller.close()
      },
    })
    const stream = source.pipeThrough(opened.sealResponse({ frameBytes: 256 }))
    return new Uint8Array(await new Response(stream).arrayBuffer())
  }
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    if (request.method === 'GET') return new Response(document)
    const change = changes.shift() ?? ((whole) => whole)
    const changed = new Uint8Array(change(await answer(request)))
    return new Response(changed, { headers: { 'content-type': 'application/vnd.nomyo.stream' } })
  }
  return { client: await over2({ url: 'http://router.invalid' }, { fetch }), changes, length: 68 + 2 * 276 }
}
