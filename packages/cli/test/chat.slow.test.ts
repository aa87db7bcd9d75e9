/** `nomyo chat` in pipes and scripts, against the real `nomyo router` and a models' server that tests script. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { asked, hanging, startChatStack, streaming, type ChatStack } from './support/chat.ts'
import { BIN, environmentWith, runToEnd, skipUnlessBuilt, start, stopAll } from './support/command.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { event, EVENTS, DONE } from './support/stack.ts'
import { expectFailure, jsonOf } from './support/stored-keys.ts'
import { closedPort } from './support/upstream.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const MIB = 1024 * 1024

beforeEach(skipUnlessBuilt)
afterEach(stopAll)
afterAll(removeDirectories)

function chat(
  stack: ChatStack,
  args: readonly string[],
  input?: string | Uint8Array,
): ReturnType<typeof runToEnd> {
  const given = input === undefined ? {} : { input }
  return runToEnd(['chat', ...args, ...stack.args], { ...stack.options, ...given })
}

/** Runs a line of sh, in which "$@" is the command with its arguments; gives its standard output. */
async function shell(line: string, stack: ChatStack, args: readonly string[]): Promise<string> {
  const whole = [process.execPath, BIN, 'chat', ...args, ...stack.args]
  const { cwd, env } = stack.options
  const { stdout } = await promisify(execFile)('sh', ['-c', line, 'sh', ...whole], {
    cwd,
    env: environmentWith(env),
  })
  return stdout
}

test('a question as an argument, in a pipe and on standard input: the answer alone on standard output', async () => {
  await using stack = await startChatStack(streaming('Hello', ', who is there?'))
  const expected = 'Hello, who is there?\n'
  const argument = await chat(stack, ['hi'])
  expect(argument.stdout, argument.output).toBe(expected)
  expect(argument.stderr).not.toContain('End-to-end') // nobody watches
  expect(await shell('"$@" | cat', stack, ['hi'])).toBe(expected)
  expect(await shell('echo hi | "$@"', stack, [])).toBe(expected)
  expect(await shell('echo hi | "$@" | cat', stack, [])).toBe(expected)
  expect(stack.messages()).toEqual(Array(4).fill([{ role: 'user', content: 'hi' }]))
  expect(asked(stack.models).map(({ body }) => (JSON.parse(body) as { model: string }).model)).toEqual(
    Array(4).fill('first-model'),
  )
})

test('--json: one object and nothing else, also for a failure', async () => {
  await using stack = await startChatStack(streaming('Hello \u001B[31mred \u009B2J \u202E!'))
  const command = await chat(stack, ['hi', '--json', '--model', 'other'])
  expect(command.stdout).not.toMatch(/[^\P{Cc}\n]|\u202E/u)
  expect(await jsonOf(command)).toEqual({
    model: 'm',
    content: 'Hello \u001B[31mred \u009B2J \u202E!',
    finishReason: null,
    usage: null,
  })
  const port = await closedPort()
  const down = await runToEnd(['chat', 'hi', '--json', '--allow-http', '--url', `http://127.0.0.1:${port}`], {
    cwd: emptyDirectory(),
  })
  expect(await jsonOf(down, 1)).toMatchObject({ error: { code: 'connection_failed' } })
})

test('escape sequences of the model do not come out, though they are cut into pieces', async () => {
  await using stack = await startChatStack(
    streaming(
      'a\u001B',
      '[2',
      'Jb\u001B]0;ti',
      'tle\u0007c\r',
      'd\u009B',
      '31me\u0000\u007F\n\tf \uD83D',
      '\uDE00',
    ),
  )
  expect((await chat(stack, ['hi'])).stdout).toBe('abcde\n\tf 😀\n')
})

test('a huge answer arrives whole', async () => {
  const line = `${'0123456789'.repeat(100)}\n`
  await using stack = await startChatStack(streaming(...Array<string>(8_000).fill(line)))
  const { stdout } = await chat(stack, ['hi'])
  expect(stdout.length).toBe(8_000 * line.length)
  expect(stdout).toBe(line.repeat(8_000))
})

test('an answer comes out as it arrives, not at its end', async () => {
  await using stack = await startChatStack(hanging('first words'))
  const command = start(['chat', 'hi', ...stack.args], stack.options)
  await command.prints(/first words/)
  asked(stack.models)[0]!.response.end(event(' last words') + DONE)
  expect((await command.ended).code).toBe(0)
  expect(command.stdout).toBe('first words last words\n')
})

test('Ctrl-C in mid-stream stops the generation at the models’ server; exit code 130', async () => {
  await using stack = await startChatStack(hanging('first words'))
  const command = start(['chat', 'hi', ...stack.args], stack.options)
  await command.prints(/first words/)
  expect(await command.stop('SIGINT')).toEqual({ code: 130, signal: null })
  expect(await asked(stack.models)[0]!.closed).toBe('aborted')
  expect(command.stdout).toBe('first words\n')
})

test('a pipe that is closed early ends it in silence, and stops the generation', async () => {
  await using stack = await startChatStack(async (response) => {
    response.writeHead(200, EVENTS)
    while (!response.destroyed) {
      response.write(event('a line\n'))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
  const line = '{ "$@" 2>err; echo $? >code; } | head -1'
  expect(await shell(line, stack, ['hi'])).toBe('a line\n')
  expect(await asked(stack.models)[0]!.closed).toBe('aborted')
  const written = (name: string): string => readFileSync(join(stack.options.cwd, name), 'utf8')
  await expect.poll(() => existsSync(join(stack.options.cwd, 'code')) && written('code')).toBe('0\n')
  expect(written('err')).toMatch(/^Warning: baseURL is http:[^\n]*\n$/)
})

test('a router that is down, or goes away in mid-stream, is one line and exit code 1', async () => {
  const url = `http://127.0.0.1:${await closedPort()}`
  const down = await runToEnd(['chat', 'hi', '--allow-http', '--url', url], { cwd: emptyDirectory() })
  await expectFailure(down, 1, /ECONNREFUSED/)
  await using stack = await startChatStack(hanging('first words'))
  const command = start(['chat', 'hi', ...stack.args], stack.options)
  await command.prints(/first words/)
  asked(stack.models)[0]!.response.destroy()
  expect((await command.ended).code).toBe(1)
  expect(command.stdout).toBe('first words\n')
  expect(command.stderr).toMatch(/^nomyo: /m)
})

test('a connection that breaks while the models are asked for is one line too', async () => {
  await using stack = await startChatStack(streaming('Hello.'))
  const proxy = createServer((request, response) => {
    if (request.method === 'POST') request.socket.destroy()
    else void fetch(stack.url + request.url!).then(async (answer) => response.end(await answer.text()))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const command = await chat(stack, ['hi', '--url', url])
    await expectFailure(command, 1, /connection broke.*--model NAME/)
  } finally {
    await new Promise((resolve) => proxy.close(resolve))
  }
})

test('attachments: images as data URLs, text as text, standard input too', async () => {
  await using stack = await startChatStack(streaming('Seen.'))
  const path = (name: string): string => join(stack.options.cwd, name)
  writeFileSync(path('one, two.png'), PNG)
  writeFileSync(path('notes.txt'), 'Äpfel\n')
  const both = await chat(stack, ['What?', '--attach', 'one, two.png', '--attach', 'notes.txt'])
  expect(both.stdout, both.output).toBe('Seen.\n')
  await chat(stack, ['What?', '--attach', '-'], 'piped')
  const url = `data:image/png;base64,${PNG.toString('base64')}`
  expect(stack.messages().map(([message]) => message!.content)).toEqual([
    [
      { type: 'text', text: 'What?\n\nFile notes.txt:\nÄpfel\n' },
      { type: 'image_url', image_url: { url } },
    ],
    'What?\n\nFile from standard input:\npiped',
  ])
})

test('what cannot be attached is said before anything is sent', async () => {
  await using stack = await startChatStack(streaming('Seen.'))
  const path = (name: string): string => join(stack.options.cwd, name)
  writeFileSync(path('binary'), Buffer.from([0, 1, 2, 255]))
  writeFileSync(path('large.txt'), 'x'.repeat(10 * MIB + 1))
  writeFileSync(path('large.png'), Buffer.concat([PNG, Buffer.alloc(8 * MIB)]))
  writeFileSync(path('many.txt'), '"'.repeat(6 * MIB))
  const refused: readonly (readonly [string, RegExp])[] = [
    ['missing', /missing cannot be read: there is no such file/],
    ['.', /cannot be read: it is a directory/],
    ['binary', /binary is neither an image .* nor text/],
    ['large.txt', /large\.txt is too large: .* 10 MiB/],
    ['large.png', /large\.png is too large/],
    ['many.txt', /12,?\d+|bytes|limit/], // whole only as JSON: the client counts
    ['/dev/zero', /\/dev\/zero is too large/],
  ]
  for (const [name, words] of refused)
    await expectFailure(await chat(stack, ['hi', '--attach', name]), 2, words)
  expect(stack.messages()).toEqual([])
})

test('wrong usage is exit code 2, and an API key in an argument is not repeated', async () => {
  await using stack = await startChatStack(streaming('Hello.'))
  await expectFailure(await chat(stack, ['hi', '--tier', 'top']), 2, /standard, high, maximum/)
  await expectFailure(await chat(stack, ['hi', '--pin', 'nonsense']), 2, /serverKeyPins|fingerprint/)
  await expectFailure(await chat(stack, ['how', 'are', 'you']), 2, /more arguments/)
  await expectFailure(await chat(stack, [' ']), 2, /empty/)
  await expectFailure(await chat(stack, [], '\n'), 2, /no question/)
  for (const args of [['--api-key', 'sk-secret'], ['--api-key=sk-secret'], ['--apikey', 'sk-secret']]) {
    const command = await chat(stack, ['hi', ...args])
    await expectFailure(command, 2, /NOMYO_API_KEY/)
    expect(command.output).not.toContain('sk-secret')
  }
  await expectFailure(await runToEnd(['chat', 'hi'], stack.options), 1, /--allow-http/)
  expect(stack.messages()).toEqual([])
})

test('--pin, --tier and the API key of the environment go along', async () => {
  await using stack = await startChatStack(streaming('Hello.'))
  const env = { ...stack.options.env, NOMYO_API_KEY: 'sk-from-environment' }
  const args = ['chat', 'hi', '--tier', 'high', '--pin', stack.fingerprint, ...stack.args]
  const command = await runToEnd(args, { ...stack.options, env })
  expect(command.stdout, command.output).toBe('Hello.\n')
  expect(command.output).not.toContain('sk-from-environment')
  const other = `sha256/${Buffer.alloc(32, 7).toString('base64')}`
  await expectFailure(await chat(stack, ['hi', '--pin', other]), 1, /sha256\//)
})

test('a terminal is not needed: --help names what there is', () => {
  const help = execFileSync(process.execPath, [BIN, 'chat', '--help'], { encoding: 'utf8' })
  for (const option of ['--model', '--attach', '--url', '--pin', '--tier', '--json', 'NOMYO_API_KEY']) {
    expect(help).toContain(option)
  }
})
