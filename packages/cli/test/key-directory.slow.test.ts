/** What a client leaves in the directory of its keys: no file holds anything of what it said, nor a key in clear. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SecureChatCompletion } from '@nomyo/client'
import { importPrivateKey } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { embeddedBackend } from '@nomyo/router'
import { afterAll, expect, test } from 'vitest'
import { marker, privateKeyNeedles, textNeedles, type Needles } from '../../core/test/needles.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { serveRouter } from './support/stack.ts'
import { privateKeyPem } from './support/stored-keys.ts'

const SECRETS = { prompt: marker('prompt'), password: marker('password'), apiKey: 'sk-marker-8e02c1' }

afterAll(removeDirectories)

/** Generates a key, asks over both protocols, rotates; gives where its files are. */
async function useKeys(password: string | undefined): Promise<{ directory: string; answer: string }> {
  const directory = emptyDirectory()
  const routerKey = createPrivateKey(privateKeyPem('router')).export({ type: 'pkcs8', format: 'der' })
  const options = {
    keys: await importPrivateKey(routerKey),
    backend: embeddedBackend(),
    apiKeys: [SECRETS.apiKey],
  }
  await using router = await serveRouter(options)
  const dir = join(directory, 'client_keys')
  const keyStore = pemKeyStore({
    dir,
    onWarning: () => undefined,
    ...(password === undefined ? {} : { password }),
  })
  let answer = ''
  for (const protocol of ['1.0', '2.0'] as const) {
    const client = new SecureChatCompletion({
      ...{
        baseURL: router.url,
        allowHttp: true,
        protocol,
        apiKey: SECRETS.apiKey,
        keyStore,
        logLevel: 'off',
      },
    })
    const messages = [{ role: 'user' as const, content: SECRETS.prompt }]
    answer = String((await client.create({ model: 'm', messages })).choices[0]!.message.content)
    client.close()
  }
  const client = new SecureChatCompletion({ baseURL: router.url, allowHttp: true, keyStore, logLevel: 'off' })
  await client.loadKeys()
  await client.rotateKeys()
  client.close()
  return { directory, answer }
}

function contentsOf(directory: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return new Map(files.map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name))]))
}

/** The SHA-256 of the prompt is what the built-in responder answers. */
function needlesOf(answer: string, keys: readonly KeyObject[]): Needles {
  return {
    ...textNeedles('prompt', SECRETS.prompt),
    ...textNeedles('answer', /[0-9a-f]{64}/.exec(answer)![0]),
    ...textNeedles('password', SECRETS.password),
    ...textNeedles('API key', SECRETS.apiKey),
    ...Object.assign({}, ...keys.map((key, i) => prefixed(`key ${i}`, privateKeyNeedles(key)))),
  } as Needles
}

function prefixed(prefix: string, needles: Needles): Needles {
  return Object.fromEntries(Object.entries(needles).map(([name, all]) => [`${prefix}: ${name}`, all]))
}

function found(contents: ReadonlyMap<string, Buffer>, needles: Needles): string[] {
  return [...contents].flatMap(([file, bytes]) =>
    Object.entries(needles).flatMap(([name, all]) =>
      all.some((needle) => bytes.includes(needle)) ? [`${name} in ${file}`] : [],
    ),
  )
}

function keysIn(contents: ReadonlyMap<string, Buffer>, passphrase?: string): KeyObject[] {
  const files = ['private_key.pem', 'previous_private_key.pem'].map((file) => contents.get(file)!)
  return files.map((key) => createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) }))
}

test('under a password', async () => {
  const { directory, answer } = await useKeys(SECRETS.password)
  const contents = contentsOf(directory)
  expect(contents.size).toBeGreaterThanOrEqual(7)
  expect(found(contents, needlesOf(answer, keysIn(contents, SECRETS.password)))).toEqual([])
})

test('in clear the keys themselves are found, and nothing else', async () => {
  const { directory, answer } = await useKeys(undefined)
  const contents = contentsOf(directory)
  expect(found(contents, needlesOf(answer, keysIn(contents))).sort()).toEqual([
    'key 0: private key, bytes in private_key.pem',
    'key 1: private key, bytes in previous_private_key.pem',
  ])
})
