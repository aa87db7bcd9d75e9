import { describe, expect, test } from 'vitest'
import { ask, clientOf } from './support/client.ts'
import { DONE, event, EVENTS } from './support/events.ts'
import { startRecordingProxy } from './support/recording-proxy.ts'
import { startSealedRouter, type SealedReply } from './support/sealed-router.ts'
import { formsOf, type Form } from '../../core/test/forms.ts'
import { completion, failure, startTestRouter } from './support/test-router.ts'

const PROMPT = 'the-prompt-m4rker-Zürich-91'
const ANSWER = 'the-answer-m4rker-Genève-37'
const API_KEY = 'sk-the-key-m4rker-55'
const CONTROL = 'the-control-m4rker-12'
const BACK = 'the-control-back-m4rker-13'

/** The names of the forms of `marker` that `bytes` hold. */
function found(marker: string, bytes: Buffer): string[] {
  return formsOf(marker)
    .filter(({ bytes: form }) => bytes.includes(form))
    .map(({ name }) => name)
}

describe('what somebody between client and router sees', () => {
  test('neither prompt nor answer, in any form and either direction; headers, yes', async () => {
    await using router = await startTestRouter({
      onMessage: () => ({ sealed: completion(ANSWER), headers: { 'x-back': BACK } }),
    })
    await using proxy = await startRecordingProxy(router.url)
    const client = await clientOf(proxy, {
      apiKey: API_KEY,
      defaultHeaders: Object.fromEntries([['x-control', CONTROL]]),
    })
    const tools = [
      { type: 'function' as const, function: { name: PROMPT.replaceAll(/\W/g, '_'), description: PROMPT } },
    ]
    for (let call = 0; call < 3; call++) {
      const answer = await client.create({ ...ask(PROMPT), user: PROMPT, tools })
      expect(answer.choices[0]!.message.content).toBe(ANSWER)
    }
    expect(router.messages.map(({ json }) => json?.['user'])).toEqual([PROMPT, PROMPT, PROMPT])
    const there = proxy.fromClient()
    const back = proxy.fromServer()

    // The recording works: what travels in clear is in it.
    expect(found(CONTROL, there)).toEqual(['text', 'percent-encoded'])
    expect(found(API_KEY, there)).toEqual(['text', 'percent-encoded'])
    expect(found(BACK, back)).toEqual(['text', 'percent-encoded'])
    expect(there.toString('latin1').match(/POST \/v1\/chat\/secure_completion/g)).toHaveLength(3)
    expect(back.toString('latin1').match(/"encrypted_aes_key"/g)).toHaveLength(3)

    for (const marker of [PROMPT, ANSWER, 'm4rker-Z', 'm4rker-G', 'messages', 'chat.completion', 'choices']) {
      expect([marker, found(marker, there), found(marker, back)]).toEqual([marker, [], []])
    }
    expect(found(API_KEY, back)).toEqual([])
  })

  test('over 2.0 neither as well, whole or streamed', async () => {
    const replies: SealedReply[] = [
      {
        body: JSON.stringify(completion(ANSWER)),
        headers: { 'content-type': 'application/json', 'x-back': BACK },
      },
      { body: event(ANSWER) + DONE, headers: EVENTS },
    ]
    await using router = await startSealedRouter({ onSealed: (_, count) => replies[count - 1]! })
    await using proxy = await startRecordingProxy(router.url)
    const client = await clientOf(proxy, { apiKey: API_KEY, protocol: '2.0' })
    expect((await client.create(ask(PROMPT))).choices[0]!.message.content).toBe(ANSWER)
    for await (const chunk of await client.create({ ...ask(PROMPT), stream: true })) {
      expect(chunk.choices[0]!.delta.content).toBe(ANSWER)
    }
    const [there, back] = [proxy.fromClient(), proxy.fromServer()]

    // The recording works: what travels in clear is in it.
    expect(found(API_KEY, there)).toEqual(['text', 'percent-encoded'])
    expect(there.toString('latin1').match(/POST \/v2\/secure/g)).toHaveLength(2)
    expect(there.toString('latin1').match(/NMQ2/g)).toHaveLength(2)
    expect(back.toString('latin1').match(/NMS2/g)).toHaveLength(2)

    // The answer's own headers travel inside, too.
    for (const marker of [
      PROMPT,
      ANSWER,
      BACK,
      'm4rker-Z',
      'm4rker-G',
      'messages',
      'chat.completion',
      'choices',
    ]) {
      expect([marker, found(marker, there), found(marker, back)]).toEqual([marker, [], []])
    }
    expect(found(API_KEY, back)).toEqual([])
  })

  test('the prompt neither when attempts are repeated', async () => {
    let attempts = 0
    await using router = await startTestRouter({
      onMessage: () => (++attempts < 3 ? failure(503, 'busy', { 'retry-after': '0' }) : undefined),
    })
    await using proxy = await startRecordingProxy(router.url)
    const client = await clientOf(proxy, { maxRetries: 2 })
    await client.create(ask(PROMPT))
    expect(router.messages).toHaveLength(3)
    expect(proxy.fromClient().toString('latin1').match(/POST /g)).toHaveLength(3)
    expect(found(PROMPT, proxy.fromClient())).toEqual([])
    expect(proxy.fromServer().includes('busy')).toBe(true)
  })

  test('the envelopes of two equal calls have nothing in common but their frame', async () => {
    await using router = await startTestRouter()
    const client = await clientOf(router)
    await client.create(ask(PROMPT))
    await client.create(ask(PROMPT))
    const [first, second] = router.messages.map(({ body }) => JSON.parse(body.toString()) as Envelope)
    const parts = ({
      encrypted_payload: { ciphertext, nonce, tag },
      encrypted_aes_key,
    }: Envelope): string[] => [ciphertext, nonce, tag, encrypted_aes_key]
    parts(first!).forEach((part, index) => expect(part).not.toBe(parts(second!)[index]))
    expect(Object.keys(first!)).toEqual(Object.keys(second!))
  })
})

interface Envelope {
  encrypted_payload: { ciphertext: string; nonce: string; tag: string }
  encrypted_aes_key: string
}

describe('the search finds a marker that is hidden as', () => {
  const text = `some text before ${PROMPT} and some behind it`
  const hidden: [Form['name'], Buffer][] = [
    ['text', Buffer.from(text)],
    [
      'JSON with escapes',
      Buffer.from(text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)),
    ],
    ['percent-encoded', Buffer.from(encodeURIComponent(text))],
    ['hex', Buffer.from(Buffer.from(text).toString('hex'))],
    ['HEX', Buffer.from(Buffer.from(text).toString('hex').toUpperCase())],
    ['UTF-16LE', Buffer.from(text, 'utf16le')],
    ['UTF-16BE', Buffer.from(text, 'utf16le').swap16()],
    ['Latin-1', Buffer.from(text, 'latin1')],
  ]
  test.each(hidden)('%s', (name, bytes) => expect(found(PROMPT, bytes)).toContain(name))

  test.each([0, 1, 2])('base64, %i bytes into a group', (shift) => {
    const bytes = Buffer.from('x'.repeat(shift + 3) + text)
    expect(found(PROMPT, Buffer.from(bytes.toString('base64')))).toContain('base64')
    expect(found(PROMPT, Buffer.from(bytes.toString('base64url')))).toContain('base64url')
  })
})
