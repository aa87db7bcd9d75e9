/**
 * Keys in files. What is of Node is imported when a case runs, as a program would that is also bundled for pages: a
 * static import would keep the whole bundle from loading.
 */
import { KeyStoreError, SecurityError, type KeyPair } from '@nomyo/core'
import type { PemKeyStore, PemKeyStoreOptions } from '@nomyo/keystore-pem'
import { ask, clientFor, isAnswerTo, PROMPT, textOfAnswer } from './asking.ts'
import { equal, failureOf, fails, ok } from './expect.ts'
import { testKey } from './fixtures.ts'
import { where, type Case, type Check } from './harness.ts'
import { holdsContract, isPairOf } from './store-contract.ts'
import type { Context } from './context.ts'

/** A store in a directory of its own. */
interface Place {
  readonly dir: string
  readonly path: (file: string) => string
  readonly store: (options?: PemKeyStoreOptions) => PemKeyStore
  readonly fs: typeof import('node:fs/promises')
  /** The codes of the stores' warnings. */
  readonly codes: string[]
}

let count = 0

async function freshPlace({ directory }: Context): Promise<Place> {
  const { pemKeyStore } = await import('@nomyo/keystore-pem')
  const fs = await import('node:fs/promises')
  const dir = `${directory}/pem-${++count}`
  const codes: string[] = []
  const onWarning = ({ code }: { code: string }): void => void codes.push(code)
  return {
    ...{ dir, fs, codes, path: (file) => `${dir}/${file}` },
    store: (options = {}) => pemKeyStore({ dir, onWarning, ...options }),
  }
}

async function saved({ store }: Place, keyPair: KeyPair, password: string): Promise<void> {
  await store({ password }).save('current', { keyPair, createdAt: 1 })
}

async function openssl({ openssl: program }: Context, args: readonly string[]): Promise<string> {
  const { execFile } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    // Without our environment, which Deno does not let us pass on.
    execFile(program, args, { env: {} }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr || error.message))
      else resolve(stdout)
    })
  })
}

/** A bundler for pages refuses it, and if told to leave node: modules alone, loading it fails; nothing else does. */
const noNodeModules: Check = async ({ refusalOfBundler }) => {
  ok(
    /Could not resolve "node:/.test(refusalOfBundler),
    `the bundler names a node: module: ${refusalOfBundler}`,
  )
  const error = await failureOf(() => import('@nomyo/keystore-pem'))
  ok(error instanceof Error, 'loading it rejects with an error')
}

function onFiles(name: string, works: Check): Case {
  return where('keyFiles', 'pem', name, works, { 'no node modules': noNodeModules })
}

export const pemCases: readonly Case[] = [
  onFiles('the store holds the contract', async (context) => {
    const { store } = await freshPlace(context)
    await holdsContract(context, store(), () => store())
  }),

  onFiles('private keys have mode 0600, in a directory of 0700', async (context) => {
    const { store, dir, path, fs, codes } = await freshPlace(context)
    await store().save('current', { keyPair: await testKey(context, 'rsa2048', true), createdAt: 1 })
    const modes: number[] = []
    for (const file of [dir, ...['private_key.pem', 'private_key.json', 'public_key.pem'].map(path)]) {
      modes.push((await fs.stat(file)).mode & 0o777)
    }
    equal(modes, [0o700, 0o600, 0o600, 0o644])
    equal(codes, ['unencrypted_key'])
  }),

  onFiles('a private key that others can read is refused', async (context) => {
    const { store, path, fs } = await freshPlace(context)
    await store().save('current', { keyPair: await testKey(context, 'rsa2048', true), createdAt: 1 })
    await fs.chmod(path('private_key.pem'), 0o640)
    const error = await fails(KeyStoreError, 'insecure_permissions', () => store().load('current'))
    ok(error.message.includes('chmod'), 'the error has the command that mends it')
  }),

  onFiles('with a password, the file is encrypted, and opens again', async (context) => {
    const place = await freshPlace(context)
    const keyPair = await testKey(context, 'rsa2048', true)
    await saved(place, keyPair, 'pässword')
    const text = await place.fs.readFile(place.path('private_key.pem'), 'utf8')
    ok(text.startsWith('-----BEGIN ENCRYPTED PRIVATE KEY-----\n'), 'the file is that of an encrypted key')
    const record = await place.store({ password: async () => 'pässword' }).load('current')
    await isPairOf(keyPair, record?.keyPair)
    equal([record?.keyPair.privateKey.extractable, place.codes], [false, []])
  }),

  onFiles('a wrong password leaves the files as they are, to the byte', async (context) => {
    const place = await freshPlace(context)
    await saved(place, await testKey(context, 'rsa2048', true), 'right')
    const before = await contentsOf(place)
    const client = await clientFor(context, { keyStore: place.store({ password: 'wrong' }), protocol: '1.0' })
    for (const run of [
      () => client.loadKeys(),
      () => client.generateKeys(),
      () => client.rotateKeys(),
      () => client.create(ask()),
    ]) {
      await fails(SecurityError, 'decryption_failed', run)
    }
    await fails(KeyStoreError, 'locked', () => place.store().load('current'))
    equal(await contentsOf(place), before)
  }),

  onFiles('OpenSSL opens what was encrypted', async (context) => {
    const place = await freshPlace(context)
    const keyPair = await testKey(context, 'rsa2048', true)
    await saved(place, keyPair, 'secret')
    const file = place.path('private_key.pem')
    equal(
      await openssl(context, ['pkey', '-in', file, '-passin', 'pass:secret', '-pubout']),
      keyPair.publicKey.pem,
    )
    await failureOf(() => openssl(context, ['pkey', '-in', file, '-passin', 'pass:wrong', '-pubout']))
    equal(
      await openssl(context, ['pkey', '-pubin', '-in', place.path('public_key.pem'), '-pubout']),
      keyPair.publicKey.pem,
    )
  }),

  onFiles('what OpenSSL has encrypted opens', async (context) => {
    const { dir, path, fs, store, codes } = await freshPlace(context)
    await fs.mkdir(dir, { mode: 0o700 })
    const { pem, password } = context.foreignKeys.aes256
    await fs.writeFile(path('private_key.pem'), pem, { mode: 0o600 })
    await isPairOf(await testKey(context, 'rsa2048'), (await store({ password }).load('current'))?.keyPair)
    equal(codes, ['weak_key_encryption'])
  }),

  onFiles('a client generates its key into files, and another one finds it', async (context) => {
    const { store, path, fs } = await freshPlace(context)
    const options = { password: 'secret' }
    const first = await clientFor(context, { keyStore: store(options), protocol: '1.0' })
    await isAnswerTo(PROMPT, textOfAnswer(await first.create(ask())))
    const text = await fs.readFile(path('private_key.pem'), 'utf8')
    ok(text.startsWith('-----BEGIN ENCRYPTED PRIVATE KEY-----\n'), 'the file is that of an encrypted key')
    const second = await clientFor(context, { keyStore: store(options), protocol: '1.0' })
    equal((await second.loadKeys()).fingerprint, first.protection().clientKey.fingerprint)
    await fails(KeyStoreError, 'exists', () => second.generateKeys())
    ok((await store(options).get(context.router)) !== undefined, 'the router is remembered')
  }),
]

/** Of what is known of routers, which a client may be writing meanwhile, and of the lock for that. */
const OF_ROUTERS = /known_routers\.json|^\.nomyo\.lock$/

/** Of the files of keys: what is known of routers has nothing to do with passwords. */
async function contentsOf({ dir, path, fs }: Place): Promise<string[]> {
  const files = (await fs.readdir(dir)).filter((file) => !OF_ROUTERS.test(file)).sort()
  return Promise.all(
    files.map(async (file) => `${file} ${(await fs.readFile(path(file))).toString('base64')}`),
  )
}
