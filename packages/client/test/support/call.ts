/** A call of the client to a test router, and what came of it. */
import type { CallOptions, ClientOptions, SecureChatCompletion } from '@nomyo/client'
import { expect } from 'vitest'
import { ask, clientOf, failureOf, recordedLog } from './client.ts'
import { expectNoSecrets } from './no-secrets.ts'
import { startTestRouter, type TestRequest } from './test-router.ts'

/** What `create` takes. */
export type Params = Parameters<SecureChatCompletion['create']>[0]

/** In whatever an error must not quote. */
export const MARKER = 'm4rk-c0ffee'

/** What one call with these options sent. */
export async function sent(options: ClientOptions = {}, callOptions: CallOptions = {}): Promise<TestRequest> {
  await using router = await startTestRouter()
  await (await clientOf(router, options)).create(ask(), callOptions)
  return router.messages[0]!
}

/** The ValidationError of a call that sends nothing at all and quotes nothing. */
export async function refusedCall(
  options: ClientOptions,
  callOptions: CallOptions = {},
  params: unknown = ask(MARKER),
): Promise<Error> {
  await using router = await startTestRouter()
  const logger = recordedLog()
  const error = await failureOf(async () => {
    const client = await clientOf(router, { logger, logLevel: 'debug', ...options })
    return client.create(params as Params, callOptions)
  })
  expect(error).toMatchObject({ name: 'ValidationError' })
  expectNoSecrets(error, [MARKER], logger.lines)
  expect(router.sockets.opened).toBe(0)
  return error
}
