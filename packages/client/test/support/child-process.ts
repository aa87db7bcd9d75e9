/** The program of the child: takes steps from standard input, writes one outcome for each call. */
import { stdin, stdout } from 'node:process'
import { APIConnectionError, NomyoError, SecureChatCompletion } from '@nomyo/client'
import { importPrivateKey, memoryKeyStore } from '@nomyo/core'

/** What the child does, in order. */
export type Step =
  /** One call to the router there. */
  | { readonly call: string }
  /** NODE_TLS_REJECT_UNAUTHORIZED: its new value, or null to remove it. */
  | { readonly certificateChecks: string | null }

/** What became of one call. */
export interface Outcome {
  /** The answer's text. */
  readonly answer?: string
  /** The error's class. */
  readonly name?: string
  readonly code?: string
  readonly reason?: string | undefined
}

async function call(baseURL: string, key: string): Promise<Outcome> {
  const keyStore = memoryKeyStore()
  const keyPair = await importPrivateKey(Buffer.from(key, 'base64'))
  await keyStore.save('current', { keyPair, createdAt: Date.now() })
  try {
    const client = new SecureChatCompletion({ baseURL, keyStore, maxRetries: 0, logLevel: 'off' })
    const answer = await client.create({
      model: 'test-model',
      messages: [{ role: 'user', content: 'Hello' }],
    })
    return { answer: String(answer.choices[0]?.message.content) }
  } catch (error) {
    if (!NomyoError.isInstance(error)) throw error
    const reason = APIConnectionError.isInstance(error) ? error.reason : undefined
    return { name: error.name, code: error.code, reason }
  }
}

let text = ''
for await (const chunk of stdin) text += String(chunk)
const { key, steps } = JSON.parse(text) as { key: string; steps: Step[] }
const outcomes: Outcome[] = []
for (const step of steps) {
  if ('call' in step) outcomes.push(await call(step.call, key))
  else if (step.certificateChecks === null) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = step.certificateChecks
}
stdout.write(JSON.stringify(outcomes))
