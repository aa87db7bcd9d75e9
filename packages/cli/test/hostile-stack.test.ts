/** Clients that leave, clients that do not read, models' servers that fail: over real sockets, from end to end. */
import { generateKeyPair, type KeyPair } from '@nomyo/core'
import { openAIBackend, type RouterOptions } from '@nomyo/router'
import type { ServerResponse } from 'node:http'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  clientOf,
  DONE,
  event,
  EVENTS,
  QUESTION,
  serveRouter,
  startModels,
  type ModelsServer,
  type ServedRouter,
} from './support/stack.ts'

let keys: KeyPair
beforeAll(async () => {
  keys = await generateKeyPair({ modulusLength: 2048 })
})

const STREAMED = { ...QUESTION, stream: true } as const

/** What the models' server does, and what stands before it. */
async function stack(
  answer: Parameters<typeof startModels>[0],
  options: Partial<RouterOptions> = {},
): Promise<{ models: ModelsServer; router: ServedRouter } & AsyncDisposable> {
  const models = await startModels(answer)
  const router = await serveRouter({ keys, backend: openAIBackend({ baseURL: models.url }), ...options })
  const dispose = async (): Promise<void> => {
    await router[Symbol.asyncDispose]()
    await models[Symbol.asyncDispose]()
  }
  return { models, router, [Symbol.asyncDispose]: dispose }
}

const errorOf = async (run: () => Promise<unknown>): Promise<{ name: string }> =>
  run().then(
    () => ({ name: 'nothing was thrown' }),
    (error: Error) => error,
  )

/** Says one thing, then nothing more. */
const begins = (response: ServerResponse): void => {
  response.writeHead(200, EVENTS)
  response.write(event('first'))
}
const saysNothing = (): void => undefined

/** Reads a stream to its end and gives what it said. */
async function textOf(router: ServedRouter): Promise<string> {
  let text = ''
  for await (const { choices } of await clientOf(router).create(STREAMED)) text += choices[0]?.delta.content
  return text
}

describe('generation stops when the client', () => {
  test.each<
    [string, (client: ReturnType<typeof clientOf>, own: AbortController, url: string) => Promise<void>]
  >([
    [
      'leaves the loop',
      async (client) => {
        for await (const _ of await client.create(STREAMED)) break
      },
    ],
    [
      'aborts the stream',
      async (client) => {
        const stream = await client.create(STREAMED)
        for await (const _ of stream) stream.controller.abort()
      },
    ],
    [
      'aborts by its signal',
      async (client, own) => {
        for await (const _ of await client.create(STREAMED, { signal: own.signal })) own.abort()
      },
    ],
    [
      'closes',
      async (client) => {
        for await (const _ of await client.create(STREAMED)) client.close()
      },
    ],
    [
      'cancels the body of its fetch',
      async (client, _, url) => {
        const init = { method: 'POST', body: JSON.stringify(STREAMED) }
        const response = await client.fetch(`${url}/v1/chat/completions`, init)
        const reader = response.body!.getReader()
        await reader.read()
        await reader.cancel()
      },
    ],
  ])('%s', async (_what, leave) => {
    await using all = await stack(begins)
    await errorOf(() => leave(clientOf(all.router), new AbortController(), all.router.url))
    expect(await all.models.requests[0]!.closed).toBe('aborted')
    await expect.poll(() => all.router.lines.at(-1)).toContain('answer broke off')
    expect(all.router.lines.at(-1)).toContain('client_gone')
  })

  test('aborts before there is an answer', async () => {
    await using all = await stack(saysNothing)
    const own = new AbortController()
    const ending = errorOf(() => clientOf(all.router).create(QUESTION, { signal: own.signal }))
    await expect.poll(() => all.models.requests.length).toBe(1)
    own.abort()
    expect((await ending).name).toBe('APIUserAbortError')
    expect(await all.models.requests[0]!.closed).toBe('aborted')
  })
})

describe('a client that stops reading', () => {
  test('stops the models’ server being read, and lets go of it when it leaves', async () => {
    let [pulled, cancelled] = [0, false]
    const line = new TextEncoder().encode(event('x'.repeat(64 * 1024)))
    const endless = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled += line.length
          controller.enqueue(line)
        },
        cancel: () => void (cancelled = true),
      },
      { highWaterMark: 0 },
    )
    const backend = { send: async () => new Response(endless, { headers: EVENTS }) }
    await using router = await serveRouter({ keys, backend })
    const chunks = (await clientOf(router).create(STREAMED))[Symbol.asyncIterator]()
    await chunks.next()
    // What fits into the sockets' buffers still goes; then it stands still.
    let before = -1
    await expect.poll(() => before === (before = pulled), { interval: 100, timeout: 30_000 }).toBe(true)
    expect(pulled).toBeLessThan(16 * 1024 * 1024)
    await chunks.return(undefined)
    await expect.poll(() => cancelled).toBe(true)
  })
})

describe('a models’ server that', () => {
  test.each<[string, (response: ServerResponse) => void, object]>([
    ['answers with HTML', (response) => void response.writeHead(500).end('<html>its words'), { status: 502 }],
    ['breaks off at once', (response) => void response.socket?.resetAndDestroy(), { status: 503 }],
    [
      'breaks off in mid-stream',
      (response) => {
        response.writeHead(200, EVENTS)
        response.write(event('first'), () => response.socket?.resetAndDestroy())
      },
      { status: 502, apiCode: 'backend_broke_off' },
    ],
    [
      'ends its stream without [DONE]',
      (response) => void response.writeHead(200, EVENTS).end(event('first')),
      { status: 502, apiCode: 'backend_broke_off' },
    ],
    ['takes too long', begins, { apiCode: 'backend_timeout' }],
    ['says nothing', saysNothing, { apiCode: 'backend_timeout' }],
  ])('%s is an error that came sealed, in the router’s words', async (_what, answer, expected) => {
    const isSlow = answer === begins || answer === saysNothing
    await using all = await stack(answer, isSlow ? { limits: { backendTimeout: 150 } } : {})
    const error = await errorOf(() => textOf(all.router))
    expect(error).toMatchObject({ ...expected, authenticated: true })
    expect(JSON.stringify(error)).not.toContain('its words')
    expect(await all.models.requests[0]!.closed).toMatch(/finished|aborted/)
  })

  test('sends too much is cut off, and let go', async () => {
    const endlessly = (response: ServerResponse): void => {
      response.writeHead(200, EVENTS)
      const more = (): void => void (response.destroyed || response.write(event('x'.repeat(1000)), more))
      more()
    }
    await using all = await stack(endlessly, { limits: { maxStreamBytes: 20_000 } })
    expect(await errorOf(() => textOf(all.router))).toMatchObject({ apiCode: 'answer_too_large' })
    expect(await all.models.requests[0]!.closed).toBe('aborted')
  })
})

describe('after everything that went wrong', () => {
  test('no connection is left in use, and the router answers', async () => {
    let count = 0
    const wrongs = [
      begins,
      (response: ServerResponse) => void response.socket?.resetAndDestroy(),
      (response: ServerResponse) => void response.writeHead(500).end('no'),
      (response: ServerResponse) => void response.writeHead(200, EVENTS).end(event('only')),
    ]
    await using all = await stack((response) => {
      const wrong = wrongs[count++ % 4]
      if (count <= 40) wrong!(response)
      else response.writeHead(200, EVENTS).end(event('well') + DONE)
    })
    const client = clientOf(all.router)
    const leave = async (): Promise<void> => {
      for await (const _ of await client.create(STREAMED)) break
    }
    await Promise.all(Array.from({ length: 40 }, () => errorOf(leave)))
    await Promise.all(all.models.requests.map(({ closed }) => closed))
    expect(await textOf(all.router)).toBe('well')
  })

  test('the request log has a line for each, and nothing of what was said', async () => {
    await using all = await stack((response) => response.writeHead(200, EVENTS).end(event('marker-answer')))
    const client = clientOf(all.router, { apiKey: 'marker-key' })
    const question = {
      model: 'marker-model',
      messages: [{ role: 'user', content: 'marker-prompt' }],
    } as const
    await errorOf(async () => {
      for await (const _ of await client.create({
        ...question,
        messages: [...question.messages],
        stream: true,
      }));
    })
    const [offered, answered, brokeOff, ...more] = all.router.lines
    expect(more).toEqual([])
    expect(offered).toMatch(/^\S+ GET \/pki\/capabilities 200 \d+ ms [0-9a-f-]{36}$/)
    expect(answered).toMatch(/^\S+ POST \/v2\/secure 200 \d+ ms \d+ bytes [0-9a-f-]{36}$/)
    expect(brokeOff).toMatch(
      /^\S+ \/v2\/secure answer broke off after \d+ ms backend_broke_off [0-9a-f-]{36}$/,
    )
    expect(all.router.lines.join()).not.toContain('marker')
  })
})
