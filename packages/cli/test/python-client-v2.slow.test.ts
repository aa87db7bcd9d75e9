/** The independent client of protocol 2.0 in Python asks the real `nomyo router`. */
import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, type TestContext } from 'vitest'
import { findPython, NO_PYTHON, PEER_V2, runPeer, startPeer } from '../../core/test/python.ts'
import { skipUnlessBuilt, start, stopAll, type Command, type CommandOptions } from './support/command.ts'
import { directoryWithKey, removeDirectories } from './support/key-directory.ts'
import { startUpstream } from './support/upstream.ts'

const FOREIGN = 'Grüße aus Zürich, 世界, שלום, 🔐, "quoted" \\ \u2028'
const NINE_MB = 9 * 1024 * 1024

afterEach(async () => {
  await stopAll()
  removeDirectories()
})

interface RouterParts {
  readonly bits?: 2048 | 3072 | 4096
  readonly args?: readonly string[]
  readonly env?: CommandOptions['env']
}

function startRouter(context: TestContext, { bits = 2048, args = [], env = {} }: RouterParts = {}): Command {
  skipUnlessBuilt(context)
  if (findPython() === undefined) context.skip(NO_PYTHON)
  return start(['router', '--port', '0', '--quiet', ...args], { cwd: directoryWithKey(bits), env })
}

const argumentsFor = async (router: Command, ...more: string[]): Promise<string[]> => {
  const url = `http://127.0.0.1:${await router.port()}`
  return ['ask', '--base-url', url, '--protocol', '2.0', ...more]
}

/** What the client prints for a body, or the line with which it fails. */
async function ask(router: Command, body: object | undefined, ...more: string[]): Promise<string> {
  const input = Buffer.from(body === undefined ? '' : JSON.stringify(body))
  return (await runPeer(await argumentsFor(router, ...more), input, PEER_V2)).toString()
}

const failureOf = async (router: Command, body: object | undefined, ...more: string[]): Promise<string> =>
  ask(router, body, ...more).then(
    (output) => `it answered ${output}`,
    (error: unknown) => String(error),
  )

const chat = (content: unknown, more: object = {}): object => ({
  model: 'nomyo-embedded',
  messages: [{ role: 'user', content }],
  ...more,
})
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const contentOf = (output: string): string =>
  (JSON.parse(output) as { choices: [{ message: { content: string } }] }).choices[0].message.content

/** The JSON of server-sent events. */
const eventsOf = (output: string): { choices: { delta: { content?: string } }[] }[] =>
  Array.from(output.matchAll(/^data: (\{.*\})$/gm), ([, json]) => JSON.parse(json!) as never)

describe.each([2048, 3072, 4096] as const)('a key of %i bits', (bits) => {
  test('whole and streamed answers', async (context) => {
    const router = startRouter(context, { bits })
    expect(contentOf(await ask(router, chat(FOREIGN), '--tier', 'high'))).toContain(sha256(FOREIGN))
    const streamed = await ask(router, chat(FOREIGN, { stream: true }))
    expect(streamed).toMatch(/\ndata: \[DONE\]\s*$/)
    const events = eventsOf(streamed)
    expect(events.length).toBeGreaterThan(2)
    expect(events.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toContain(sha256(FOREIGN))
  })
})

test('a stream arrives as its model makes it', async (context) => {
  const upstream = await startSlowUpstream()
  try {
    const router = startRouter(context, { args: ['--upstream', upstream.url] })
    const body = JSON.stringify(chat('Hello', { stream: true }))
    const client = startPeer(await argumentsFor(router), Buffer.from(body), PEER_V2)
    // The model says its second word only when the first has been seen at the client.
    for (const word of ['one', 'two', 'three']) {
      await upstream.say(word)
      await client.prints(word)
    }
    await upstream.end()
    expect(eventsOf(String(await client.output))).toHaveLength(3)
  } finally {
    await upstream.close()
  }
})

test('9 MB there and 9 MB back', async (context) => {
  const content = 'ü'.repeat(NINE_MB / 2)
  const upstream = await startUpstream({ content })
  try {
    const router = startRouter(context, { args: ['--upstream', upstream.url] })
    const answer = contentOf(await ask(router, chat('x'.repeat(NINE_MB))))
    expect(sha256(answer)).toBe(sha256(content))
  } finally {
    await upstream.close()
  }
})

test('models, with a query', async (context) => {
  const router = startRouter(context)
  const models = ['--method', 'GET', '--path', '/v1/models?limit=1']
  expect(JSON.parse(await ask(router, undefined, ...models))).toMatchObject({ object: 'list' })
})

test('the same router over 1.0', async (context) => {
  const router = startRouter(context)
  const args = ['ask', '--base-url', `http://127.0.0.1:${await router.port()}`, '--protocol', '1.0']
  const input = Buffer.from(JSON.stringify(chat(FOREIGN)))
  const output = await runPeer([...args, '--key-bits', '2048'], input, PEER_V2)
  expect(contentOf(output.toString())).toContain(sha256(FOREIGN))
})

describe('is refused', () => {
  test('a wrong API key, in clear', async (context) => {
    const router = startRouter(context, { env: { NOMYO_ROUTER_API_KEYS: 'sk-right' } })
    expect(await failureOf(router, chat('x'), '--api-key', 'sk-wrong')).toContain('failed: HTTP 401: ')
    expect(await failureOf(router, chat('x'))).toContain('failed: HTTP 401: ')
    expect(contentOf(await ask(router, chat(FOREIGN), '--api-key', 'sk-right'))).toContain(sha256(FOREIGN))
  })

  test('the same envelope a second time, in clear', async (context) => {
    const output = await ask(startRouter(context), chat('x'), '--twice')
    expect(output).toMatch(/\nagain: HTTP 400: The request could not be decrypted\.\n$/)
  })

  test('what the router does not allow, sealed', async (context) => {
    const router = startRouter(context)
    const paths = [
      ...['/v1/files', '/v1//models', '/v1/../models', '/v1/models/%2e%2e', '/v1/models/a%2fb'],
      ...['/v1/models\\x', '/v1/models#x', '/v1/models/a\r\nb', 'http://127.0.0.1/v1/models'],
    ]
    for (const path of paths) {
      expect(await failureOf(router, chat('x'), '--path', path)).toContain('sealed HTTP 404 refused: path')
    }
    expect(await failureOf(router, chat('x'), '--tier', 'top')).toContain('sealed HTTP 400 refused: tier')
    const method = ['--method', 'DELETE', '--path', '/v1/models/x']
    expect(await failureOf(router, chat('x'), ...method)).toContain('sealed HTTP 405 refused: method')
  })

  test('a key that is not pinned, before anything is sent', async (context) => {
    const router = startRouter(context)
    const fingerprint = await router.fingerprint()
    expect(contentOf(await ask(router, chat(FOREIGN), '--pin', fingerprint))).toContain(sha256(FOREIGN))
    const other = `sha256/${'A'.repeat(43)}=`
    expect(await failureOf(router, chat('x'), '--pin', other)).toContain('another key than before')
  })
})

describe.each([-4000, 4000])('a clock that is %i s off', (offset) => {
  test('is set by the sealed refusal', async (context) => {
    const output = await ask(startRouter(context), chat(FOREIGN), `--clock-offset=${offset}`)
    expect(contentOf(output)).toContain(sha256(FOREIGN))
  })
})

/** An upstream whose stream says what it is told, when it is told. */
async function startSlowUpstream(): Promise<{
  readonly url: string
  say(word: string): Promise<void>
  end(): Promise<void>
  close(): Promise<void>
}> {
  let answered: (response: ServerResponse) => void
  const response = new Promise<ServerResponse>((resolve) => (answered = resolve))
  const server = createServer((incoming, outgoing) => {
    incoming.resume()
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
    answered(outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    say: async (word) => {
      const chunk = { choices: [{ index: 0, delta: { content: word } }] }
      ;(await response).write(`data: ${JSON.stringify(chunk)}\n\n`)
    },
    end: async () => void (await response).end('data: [DONE]\n\n'),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
