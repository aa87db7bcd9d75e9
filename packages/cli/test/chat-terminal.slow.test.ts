/** `nomyo chat` as a person sees it, in a real pseudo-terminal. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { generateKeyPair } from '@nomyo/core'
import { embeddedBackend } from '@nomyo/router'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { asked, hanging, startChatStack, streaming } from './support/chat.ts'
import { skipUnlessBuilt, stopAll } from './support/command.ts'
import { removeDirectories } from './support/key-directory.ts'
import { DONE, event, EVENTS, serveRouter } from './support/stack.ts'
import {
  directoryOf,
  encryptedPem,
  expectNoPassword,
  PASSWORD,
  skipWithoutOpenssl,
} from './support/stored-keys.ts'
import { inTerminal, skipWithoutTerminal, type Step } from './support/terminal.ts'

const ENTER = '\r'
const CTRL_C = '\x03'
const CTRL_D = '\x04'
const UP = '\x1B[A'

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutTerminal(context)
})
afterEach(stopAll)
afterAll(removeDirectories)

/** Waits for the prompt behind what is expected, and types a line. */
function after(expect: string, line: string): readonly Step[] {
  return [
    { expect, type: '' },
    { expect: '> ', type: line },
  ]
}

test('a conversation: the protection in one line, answers, what was said is sent on, Ctrl-D leaves', async () => {
  await using stack = await startChatStack((response, request) => {
    const { messages } = JSON.parse(request.body) as { messages: unknown[] }
    streaming(`Answer ${messages.length}.`)(response)
  })
  const session = await inTerminal(
    ['chat', ...stack.args],
    [
      ...after('/help says', `first${ENTER}`),
      ...after('Answer 1.', `second${ENTER}`),
      ...after('Answer 3.', CTRL_D),
    ],
    stack.options,
  )
  expect(session, session.output).toMatchObject({ code: 0, seen: 6 })
  const shown = stripVTControlCharacters(session.output)
  const fingerprint = stack.fingerprint.replace(/[+/]/g, '\\$&')
  expect(shown).toMatch(
    new RegExp(
      `^End-to-end encrypted: protocol 2\\.0 over http; router key ${fingerprint}, seen for the first time`,
      'm',
    ),
  )
  expect(stack.messages()[1]).toEqual([
    { role: 'user', content: 'first' },
    { role: 'assistant', content: 'Answer 1.' },
    { role: 'user', content: 'second' },
  ])
})

test('the key is known the second time, and pinned with --pin', async () => {
  await using stack = await startChatStack(streaming('Hello.'))
  const once = (...args: readonly string[]): ReturnType<typeof inTerminal> =>
    inTerminal(['chat', 'hi', ...stack.args, ...args], [], stack.options)
  expect((await once()).output).toContain('seen for the first time')
  const day = new Date().toISOString().slice(0, 7)
  expect((await once()).output).toContain(`known since ${day}`)
  expect((await once('--pin', stack.fingerprint)).output).toContain(', pinned')
})

test('the up key brings back earlier questions of this session', async () => {
  await using stack = await startChatStack(streaming('Answer.'))
  const session = await inTerminal(
    ['chat', ...stack.args],
    [
      ...after('/help says', `one${ENTER}`),
      ...after('Answer.', `two${ENTER}`),
      ...after('Answer.', UP + UP + ENTER),
      ...after('Answer.', CTRL_D),
    ],
    stack.options,
  )
  expect(session, session.output).toMatchObject({ code: 0, seen: 8 })
  expect(stack.messages().map((messages) => messages.at(-1)!.content)).toEqual(['one', 'two', 'one'])
})

test('Ctrl-C stops the answer and its generation, and the conversation goes on; the next one leaves', async () => {
  let isFirst = true
  await using stack = await startChatStack((response) => {
    if (!isFirst) return streaming('Answer.')(response)
    isFirst = false
    return hanging('first words')(response)
  })
  const session = await inTerminal(
    ['chat', ...stack.args],
    [
      ...after('/help says', `one${ENTER}`),
      { expect: 'first words', type: CTRL_C },
      ...after('Stopped.', `two${ENTER}`),
      ...after('Answer.', CTRL_C),
    ],
    stack.options,
  )
  expect(session, session.output).toMatchObject({ code: 130, seen: 7 })
  expect(await asked(stack.models)[0]!.closed).toBe('aborted')
  expect(stack.messages()[1]).toEqual([
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'first words' },
    { role: 'user', content: 'two' },
  ])
})

test('/help, /model, /new, /quit, and what is none', async () => {
  await using stack = await startChatStack(streaming('Answer.'))
  const session = await inTerminal(
    ['chat', ...stack.args],
    [
      ...after('/help says', `/help${ENTER}`),
      ...after('/quit', `/model${ENTER}`),
      ...after('first-model, second-model', `/model second-model${ENTER}`),
      ...after('answers from now on', `one${ENTER}`),
      ...after('Answer.', `/new${ENTER}`),
      ...after('Forgotten', `two${ENTER}`),
      ...after('Answer.', `/nonsense${ENTER}`),
      ...after('There is no /nonsense', `/quit${ENTER}`),
    ],
    stack.options,
  )
  expect(session, session.output).toMatchObject({ code: 0, seen: 16 })
  expect(stack.messages()).toEqual([[{ role: 'user', content: 'one' }], [{ role: 'user', content: 'two' }]])
  const models = asked(stack.models).map(({ body }) => (JSON.parse(body) as { model: string }).model)
  expect(models).toEqual(['second-model', 'second-model'])
})

test('what is pasted in several lines is one question', async () => {
  await using stack = await startChatStack(streaming('Answer.'))
  const session = await inTerminal(
    ['chat', ...stack.args],
    [...after('/help says', `\x1B[200~one\rtwo\r\x1B[201~three${ENTER}`), ...after('Answer.', CTRL_D)],
    stack.options,
  )
  expect(session, session.output).toMatchObject({ code: 0, seen: 4 })
  expect(stack.messages()).toEqual([[{ role: 'user', content: 'one\ntwo\nthree' }]])
})

test('over protocol 1.0 the password of the stored key is asked for, and the line says what is missing', async (context) => {
  skipWithoutOpenssl(context)
  const keys = await generateKeyPair({ modulusLength: 2048 })
  await using router = await serveRouter({ keys, backend: embeddedBackend(), versions: ['1.0'] })
  const cwd = directoryOf(encryptedPem(PASSWORD))
  const args = ['chat', 'hi', '--url', router.url, '--allow-http', '--model', 'nomyo-embedded']
  const session = await inTerminal(args, [{ expect: 'Password of', type: PASSWORD + ENTER }], { cwd })
  expect(session, session.output).toMatchObject({ code: 0, seen: 1 })
  expect(session.output).toContain('protocol 1.0 over http; answers not bound to questions; router key ')
  expect(session.output).toContain('embedded responder')
  expectNoPassword(session)
})

test('a failure is said, and the conversation goes on without that question', async () => {
  let isFirst = true
  await using stack = await startChatStack((response) => {
    if (!isFirst) return streaming('Answer.')(response)
    isFirst = false
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: 'not \u001B[31mthis' } }))
  })
  const session = await inTerminal(
    ['chat', ...stack.args],
    [...after('/help says', `one${ENTER}`), ...after('nomyo: ', `two${ENTER}`), ...after('Answer.', CTRL_D)],
    stack.options,
  )
  expect(session, session.output).toMatchObject({ code: 0, seen: 6 })
  expect(session.output).not.toContain('\u001B[31mthis')
  expect(stack.messages()[1]).toEqual([{ role: 'user', content: 'two' }])
})

test('escape sequences of the model do not reach the terminal', async () => {
  await using stack = await startChatStack(
    streaming('safe \u001B[2', 'J\u001B]0;title\u0007\u009B31m\u001B[6n', '\rwords\u0008\u0008'),
  )
  const { output } = await inTerminal(['chat', 'hi', ...stack.args], [], stack.options)
  expect(output).toContain('safe words')
  // Of ours is only what erases the line that says that it waits.
  expect(output.replaceAll('\r\u001B[K', '')).not.toMatch(/[^\P{Cc}\r\n]/u)
})

test('after half a second a line says that it waits, and goes away', async () => {
  await using stack = await startChatStack(async (response) => {
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    response.writeHead(200, EVENTS)
    response.end(event('Answer.') + DONE)
  })
  const { output } = await inTerminal(['chat', 'hi', ...stack.args], [], stack.options)
  expect(output).toMatch(/Waiting for the answer … \r.*Waiting for the answer … 1 s\r/)
  expect(output).toContain('\r\u001B[KAnswer.')
})

test('colours: none with NO_COLOR, else in a terminal, and with FORCE_COLOR', async () => {
  await using stack = await startChatStack(streaming('Answer.'))
  const run = (env: Record<string, string | undefined>): ReturnType<typeof inTerminal> =>
    inTerminal(['chat', 'hi', ...stack.args], [], {
      ...stack.options,
      env: { ...stack.options.env, ...env },
    })
  const green = '\u001B[32mEnd-to-end'
  expect((await run({ NO_COLOR: '1' })).output).not.toMatch(/\[[\d;]*m/)
  expect((await run({ NO_COLOR: undefined })).output).toContain(green)
  expect((await run({ FORCE_COLOR: '1' })).output).toContain(green)
})

test('standard output that goes elsewhere has the answers alone', async () => {
  await using stack = await startChatStack(streaming('Answer.'))
  const stdout = join(stack.options.cwd, 'answers')
  const session = await inTerminal(
    ['chat', '--json', ...stack.args],
    [
      ...after('/help says', `one${ENTER}`),
      { expect: '> ', type: `two${ENTER}` },
      { expect: '> ', type: CTRL_D },
    ],
    { ...stack.options, stdout },
  )
  expect(session.code, session.output).toBe(0)
  const answers = readFileSync(stdout, 'utf8').trimEnd().split('\n')
  expect(answers.map((line) => (JSON.parse(line) as { content: string }).content)).toEqual([
    'Answer.',
    'Answer.',
  ])
})
