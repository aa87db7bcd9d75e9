/** The program of the client whose memory is searched: does what it is told on standard input, line by line. */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { SecureChatCompletion, type ClientOptions } from '@nomyo/client'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { tell } from './hooks.ts'
import { unmasked, unmaskedText } from './mask.ts'

/** What the client is made with; secrets are masked. */
export interface ClientTask {
  readonly baseURL: string
  readonly protocol: '1.0' | '2.0'
  readonly dir: string
  readonly password: string
  readonly apiKey: string
  readonly prompt: string
  /** Two texts that are put into buffers, of which the second is overwritten. */
  readonly controls: readonly [kept: string, overwritten: string]
}

const task = JSON.parse(process.env['MEMORY_TASK']!) as ClientTask
const kept = unmasked(task.controls[0])
unmasked(task.controls[1]).fill(0)

function makeClient(): SecureChatCompletion {
  const { baseURL, protocol, dir } = task
  const [password, apiKey] = [unmaskedText(task.password), unmaskedText(task.apiKey)]
  const options: ClientOptions = {
    baseURL,
    protocol,
    apiKey,
    allowHttp: true,
    logLevel: 'off',
    maxRetries: 0,
  }
  return new SecureChatCompletion({ ...options, keyStore: pemKeyStore({ dir, password }) })
}

/** How many characters were answered. */
async function ask(client: SecureChatCompletion, stream: boolean): Promise<number> {
  const messages = [{ role: 'user' as const, content: unmaskedText(task.prompt) }]
  const answer = await client.create({ model: 'test-model', messages, stream })
  if (!(Symbol.asyncIterator in answer)) return answer.choices[0]!.message.content!.length
  let length = 0
  for await (const { choices } of answer) length += choices[0]?.delta.content?.length ?? 0
  return length
}

let client: SecureChatCompletion | undefined = makeClient()
const steps: Readonly<Record<string, () => Promise<unknown>>> = {
  generate: async () => client!.generateKeys(),
  load: async () => client!.loadKeys(),
  ask: async () => ask(client!, false),
  stream: async () => ask(client!, true),
  close: async () => {
    client!.close()
    client = undefined
  },
}

tell('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const result = await steps[line]!().catch((error: unknown) => `failed: ${String(error)}`)
  tell('done', JSON.stringify(result ?? kept.length))
}
