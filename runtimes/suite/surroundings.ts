/** What surrounds a program: module scope, variables, pages, and the requests that a Worker serves. */
import {
  AuthenticationError,
  memoryKeyStore,
  SecureChatCompletion,
  SecurityError,
  type ClientOptions,
} from '@nomyo/client'
import * as core from '@nomyo/core'
import { importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'
import { ask, clientFor, isAnswerTo, optionsFor, PROMPT, textOfAnswer } from './asking.ts'
import { equal, failureOf, fails, ok } from './expect.ts'
import { testKey, utf8 } from './fixtures.ts'
import { everywhere, where, type Case } from './harness.ts'
import type { Context } from './context.ts'

/** Where the clients that are made below send their requests; known only when the suite starts. */
let router = ''

/** Made while the module loads, as programs do with a client that they keep. */
const options: ClientOptions = {
  ...{ baseURL: 'http://router.invalid', allowHttp: true, logLevel: 'off', maxRetries: 0, protocol: '1.0' },
  fetch: (input, init) => fetch(String(input).replace('http://router.invalid', router), init),
}
const preparing = memoryKeyStore()
const atLoad = {
  plain: attempt(() => new SecureChatCompletion(options)),
  preparing: attempt(() => new SecureChatCompletion({ ...options, keyStore: preparing, prepareKeys: true })),
  random: attempt(() => crypto.getRandomValues(new Uint8Array(16))),
}

type Attempt<T> = { readonly value: T } | { readonly error: unknown }

function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { value: run() }
  } catch (error) {
    return { error }
  }
}

function valueOf<T>(made: Attempt<T>): T {
  if ('error' in made) throw made.error
  return made.value
}

/** What a Worker keeps between the requests that it serves, and others between calls. */
let kept: SecureChatCompletion | undefined

/** One request of those that share a client. */
export async function serveOne(context: Context): Promise<string> {
  kept ??= new SecureChatCompletion({ ...(await optionsFor(context)), keyStore: memoryKeyStore() })
  return textOfAnswer(await kept.create(ask())) ?? ''
}

/** In a Worker that is a request from outside; elsewhere a call. */
async function serve(context: Context): Promise<string> {
  const { ownAddress } = context
  if (ownAddress === undefined) return serveOne(context)
  const response = await fetch(`${ownAddress}/one`, { method: 'POST', body: JSON.stringify(context) })
  return response.text()
}

const ENVIRONMENT = { 'no variables': () => equal(typeof Reflect.get(globalThis, 'process'), 'undefined') }

export const surroundingsCases: readonly Case[] = [
  everywhere('surroundings', 'a client that was made while the module loaded works', async (context) => {
    router = context.router
    const client = valueOf(atLoad.plain)
    await client.loadKeys({ pem: context.foreignKeys.plain })
    await isAnswerTo(PROMPT, textOfAnswer(await client.create(ask(), { apiKey: context.apiKey })))
  }),

  everywhere('surroundings', 'so does one that was to prepare its key at that time', async (context) => {
    router = context.router
    const client = valueOf(atLoad.preparing)
    await isAnswerTo(PROMPT, textOfAnswer(await client.create(ask(), { apiKey: context.apiKey })))
    equal((await preparing.load('current'))?.keyPair.publicKey.modulusLength, 4096)
  }),

  where(
    'randomAtLoad',
    'surroundings',
    'there are random numbers while modules load',
    () =>
      ok(
        valueOf(atLoad.random).some((byte) => byte !== 0),
        'they are random',
      ),
    {
      'only in handlers': () => {
        ok(
          'error' in atLoad.random && /global scope/.test(String(atLoad.random.error)),
          'the runtime says so',
        )
        ok(
          crypto.getRandomValues(new Uint8Array(16)).some((byte) => byte !== 0),
          'there are some now',
        )
      },
    },
  ),

  everywhere('surroundings', 'requests one after another, and at once, share a client', async (context) => {
    await isAnswerTo(PROMPT, await serve(context))
    for (const answer of await Promise.all([serve(context), serve(context), serve(context)])) {
      await isAnswerTo(PROMPT, answer)
    }
  }),

  where(
    'environment',
    'surroundings',
    'the API key is taken from NOMYO_API_KEY',
    async (context) => {
      const { apiKey: _, ...rest } = await optionsFor(context)
      await isAnswerTo(PROMPT, textOfAnswer(await new SecureChatCompletion(rest).create(ask())))
      const wrong = await clientFor(context, { apiKey: 'sk-given' })
      await fails(AuthenticationError, 'unauthorized', () => wrong.create(ask()))
    },
    {
      'no variables': async (context) => {
        await ENVIRONMENT['no variables']()
        const { apiKey: _, ...rest } = await optionsFor(context)
        await fails(AuthenticationError, 'unauthorized', () => new SecureChatCompletion(rest).create(ask()))
      },
    },
  ),

  where(
    'environment',
    'surroundings',
    'https: is refused while certificate checks are switched off',
    async (context) => {
      const { env } = await import('node:process')
      const client = await clientFor(context, { baseURL: context.strangeRouter, allowHttp: false })
      env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
      try {
        await fails(SecurityError, 'certificate_checks_disabled', () => client.create(ask()))
      } finally {
        delete env['NODE_TLS_REJECT_UNAUTHORIZED']
      }
    },
    ENVIRONMENT,
  ),

  where(
    'cloningKeys',
    'surroundings',
    'structuredClone copies a private key that still cannot be exported',
    async (context) => {
      const { privateKey } = await testKey(context, 'rsa2048')
      const copy = structuredClone(privateKey)
      equal([copy.type, copy.extractable, copy.usages], ['private', false, ['unwrapKey']])
      await failureOf(() => crypto.subtle.exportKey('pkcs8', copy))
    },
    {
      DataCloneError: async (context) => {
        const { privateKey } = await testKey(context, 'rsa2048')
        equal(((await failureOf(() => structuredClone(privateKey))) as Error).name, 'DataCloneError')
      },
    },
  ),

  where(
    'insecureContexts',
    'surroundings',
    'a page that is no secure context is told so, at once and by every entrance',
    async ({ foreignKeys: { plain } }) => {
      equal([globalThis.isSecureContext, typeof crypto.subtle], [false, 'undefined'])
      const client = (): unknown => new SecureChatCompletion({ baseURL: 'https://router.example' })
      for (const run of [
        client,
        () => core.generateKeyPair(),
        () => importPrivateKeyPem(plain),
        () => core.fingerprintOf(new Uint8Array()),
        () => new core.KeyManager({ store: memoryKeyStore() }).current(),
        () => indexedDBKeyStore({ onWarning: () => undefined }).load('current'),
      ]) {
        const error = await fails(SecurityError, 'insecure_context', run)
        ok(error.message.includes('https:'), 'the error says what to do')
      }
      equal(core.parsePlaintext(utf8('{"a":1}')), { a: 1 })
    },
    {
      none: () => {
        equal([typeof globalThis.isSecureContext, typeof crypto.subtle], ['undefined', 'object'])
      },
    },
    'insecure',
  ),
]
