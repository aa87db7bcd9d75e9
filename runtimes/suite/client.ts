/** The client against a router that lives in another process. */
import {
  APIConnectionError,
  APITimeoutError,
  APIUserAbortError,
  AuthenticationError,
  DowngradeError,
  memoryKeyStore,
  SecurityError,
  ServerKeyMismatchError,
  ValidationError,
} from '@nomyo/client'
import {
  ask,
  clientFor,
  isAnswerTo,
  PROMPT,
  PROTOCOLS,
  textOfAnswer,
  textOfChunk,
  watchedFetch,
} from './asking.ts'
import { equal, fails, ok } from './expect.ts'
import { everywhere, where, type Case } from './harness.ts'
import { heldModel } from './held-model.ts'

const ANOTHER_PIN = `sha256/${'A'.repeat(43)}=`

export const clientCases: readonly Case[] = [
  ...PROTOCOLS.flatMap((protocol) => [
    everywhere('client', `an answer over ${protocol}`, async (context) => {
      const client = await clientFor(context, { protocol })
      const answer = await client.create(ask())
      await isAnswerTo(PROMPT, textOfAnswer(answer))
      equal([answer._metadata?.is_encrypted, client.protection().protocol], [true, protocol])
    }),

    everywhere('client', `a stream over ${protocol}`, async (context) => {
      const client = await clientFor(context, { protocol })
      const pieces: string[] = []
      for await (const chunk of await client.create({ ...ask(), stream: true }))
        pieces.push(textOfChunk(chunk))
      await isAnswerTo(PROMPT, pieces.join(''))
      ok(protocol === '1.0' || pieces.filter(Boolean).length > 10, 'over 2.0 it comes word by word')
    }),

    everywhere('client', `three megabytes over ${protocol}`, async (context) => {
      const client = await clientFor(context, { protocol })
      const long = PROMPT.repeat(100_000)
      await isAnswerTo(long, textOfAnswer(await client.create(ask(long))))
    }),

    everywhere('client', `a wrong API key is an AuthenticationError over ${protocol}`, async (context) => {
      const client = await clientFor(context, { protocol, apiKey: 'sk-wrong' })
      const error = await fails(AuthenticationError, 'unauthorized', () => client.create(ask()))
      equal(Reflect.get(error, 'status'), 401)
      ok(!JSON.stringify([error.message, error]).includes('sk-wrong'), 'the error does not tell the key')
    }),

    everywhere(
      'client',
      `a key that is not pinned ends it over ${protocol}, before anything is sent`,
      async (context) => {
        const { fetch, seen } = watchedFetch()
        const client = await clientFor(context, { protocol, serverKeyPins: [ANOTHER_PIN], fetch })
        const error = await fails(ServerKeyMismatchError, 'server_key_mismatch', () => client.create(ask()))
        equal([Reflect.get(error, 'received'), Reflect.get(error, 'expected')], [context.pin, [ANOTHER_PIN]])
        equal(
          seen.filter((one) => one.startsWith('POST')),
          [],
          'what was posted',
        )
      },
    ),

    everywhere('client', `an abort ends a call over ${protocol}, at the model too`, async (context) => {
      const client = await clientFor(context, { protocol })
      const [model, controller] = [heldModel(context), new AbortController()]
      const call = fails(APIUserAbortError, 'aborted', () =>
        client.create(ask(PROMPT, model.name), { signal: controller.signal }),
      )
      await model.asked()
      controller.abort()
      await call
      equal(await model.ended(), 'aborted')
    }),

    everywhere('client', `a time limit ends a call over ${protocol}`, async (context) => {
      const [client, model] = [await clientFor(context, { protocol }), heldModel(context)]
      await client.ready() // or the time could be over before the model was asked
      const call = (): unknown => client.create(ask(PROMPT, model.name), { timeout: 1500 })
      await fails(APITimeoutError, 'timeout', call)
      equal(await model.ended(), 'aborted')
    }),

    everywhere('client', `a redirect is refused over ${protocol}`, async (context) => {
      const client = await clientFor(context, { protocol, baseURL: context.movedRouter })
      await fails(SecurityError, 'redirect_refused', () => client.create(ask()))
    }),

    everywhere('client', `where nobody listens, a connection error over ${protocol}`, async (context) => {
      const client = await clientFor(context, { protocol, baseURL: context.nowhere })
      await fails(APIConnectionError, 'connection_failed', () => client.create(ask()))
    }),
  ]),

  everywhere('client', 'chunks over 2.0 arrive while the model is still at work', async (context) => {
    const [client, model] = [await clientFor(context), heldModel(context)]
    const pieces: string[] = []
    for await (const chunk of await client.create({ ...ask(PROMPT, model.name), stream: true })) {
      pieces.push(textOfChunk(chunk))
      if (pieces.join('') === 'first ') await model.release()
    }
    equal(pieces.join(''), 'first second')
    equal(await model.ended(), 'answered')
  }),

  everywhere('client', 'an abort in the midst of a stream ends it with an error', async (context) => {
    const [client, model, controller] = [await clientFor(context), heldModel(context), new AbortController()]
    const { signal } = controller
    const stream = await client.create({ ...ask(PROMPT, model.name), stream: true }, { signal })
    await fails(APIUserAbortError, 'aborted', async () => {
      for await (const chunk of stream) if (textOfChunk(chunk) !== '') controller.abort()
    })
    equal(await model.ended(), 'aborted')
  }),

  everywhere(
    'client',
    'leaving the loop in the midst of a stream ends it, at the model too',
    async (context) => {
      const [client, model] = [await clientFor(context), heldModel(context)]
      for await (const chunk of await client.create({ ...ask(PROMPT, model.name), stream: true })) {
        if (textOfChunk(chunk) !== '') break
      }
      equal(await model.ended(), 'aborted')
    },
  ),

  everywhere('client', 'a stream that falls silent is ended by the time limit', async (context) => {
    const [client, model] = [await clientFor(context), heldModel(context)]
    await client.ready()
    const stream = await client.create({ ...ask(PROMPT, model.name), stream: true }, { timeout: 1500 })
    await fails(APITimeoutError, 'timeout', async () => {
      for await (const chunk of stream) equal(chunk.object, 'chat.completion.chunk')
    })
    equal(await model.ended(), 'aborted')
  }),

  everywhere('client', '2.0 is spoken where it is offered, 1.0 where it is not', async (context) => {
    for (const [baseURL, protocol] of [
      [context.router, '2.0'],
      [context.oldRouter, '1.0'],
    ] as const) {
      const client = await clientFor(context, { baseURL })
      await isAnswerTo(PROMPT, textOfAnswer(await client.create(ask())))
      equal(client.protection().protocol, protocol)
    }
  }),

  everywhere('client', 'there is no way back from 2.0', async (context) => {
    const baseURL = context.oldRouter
    const strict = await clientFor(context, { baseURL, minProtocol: '2.0' })
    await fails(DowngradeError, 'downgrade_refused', () => strict.create(ask()))
    const keyStore = memoryKeyStore()
    await keyStore.set(baseURL, { fingerprints: [context.pin], firstSeen: 1, highestProtocol: '2.0' })
    const client = await clientFor(context, { baseURL, keyStore })
    await fails(DowngradeError, 'downgrade_refused', () => client.create(ask()))
  }),

  everywhere('client', 'a router whose key has changed is trusted again only on purpose', async (context) => {
    const keyStore = memoryKeyStore()
    const known = { fingerprints: [ANOTHER_PIN], firstSeen: 1, highestProtocol: '2.0' } as const
    await keyStore.set(context.router, known)
    const client = await clientFor(context, { keyStore })
    await fails(ServerKeyMismatchError, 'server_key_mismatch', () => client.create(ask()))
    await client.trustServerKey(context.pin)
    await isAnswerTo(PROMPT, textOfAnswer(await client.create(ask())))
  }),

  everywhere('client', 'calls at once ask once what the router offers', async (context) => {
    const { fetch, seen } = watchedFetch()
    const client = await clientFor(context, { fetch, serverKeyPins: [context.pin] })
    const prompts = ['one', 'two', 'three', 'four']
    const answers = await Promise.all(prompts.map((prompt) => client.create(ask(prompt))))
    for (const [i, answer] of answers.entries()) await isAnswerTo(prompts[i]!, textOfAnswer(answer))
    equal(seen.filter((one) => one === 'GET /pki/capabilities').length, 1)
    equal((await client.serverKey()).pinned, true)
  }),

  everywhere('client', 'a certificate that nobody vouches for is refused', async (context) => {
    const client = await clientFor(context, { baseURL: context.strangeRouter, allowHttp: false })
    await fails(APIConnectionError, 'connection_failed', () => client.create(ask()))
  }),

  everywhere('client', 'http: without allowHttp is refused at construction', async (context) => {
    await fails(SecurityError, 'insecure_transport', () => clientFor(context, { allowHttp: false }))
  }),

  everywhere('client', 'close() ends what is under way, and what comes after', async (context) => {
    const [client, model] = [await clientFor(context), heldModel(context)]
    const call = fails(APIUserAbortError, 'aborted', () => client.create(ask(PROMPT, model.name)))
    await model.asked()
    client.close()
    await call
    equal(await model.ended(), 'aborted')
    await fails(ValidationError, 'validation_failed', () => client.create(ask()))
  }),

  where(
    'asyncDispose',
    'client',
    'leaving the scope of `await using` closes it',
    async (context) => {
      const client = await clientFor(context)
      await client[Symbol.asyncDispose]()
      await fails(ValidationError, 'validation_failed', () => client.create(ask()))
    },
    {
      'no symbol': async (context) => {
        equal(typeof (Symbol as { asyncDispose?: symbol }).asyncDispose, 'undefined')
        equal(Object.getOwnPropertySymbols(await clientFor(context)).length, 0)
      },
    },
  ),
]
