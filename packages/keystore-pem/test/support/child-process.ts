/**
 * The program of the child: one task. It can be killed at the n-th moment, before or after any operation that
 * changes files, or in the midst of writing one, which it counts by standing between the store and Node.
 */
import { writeSync } from 'node:fs'
import fs, { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { argv, kill, pid, stdout, umask } from 'node:process'
import { importPrivateKey, KeyManager, NomyoError, type SaveOptions } from '@nomyo/core'
import { pemKeyStore, type PemKeyStore } from '@nomyo/keystore-pem'

/** What the child does. */
export interface ChildTask {
  readonly dir: string
  /** `save` is the default. `current` and `rotate` are methods of a KeyManager; `hold` holds the lock for ever. */
  readonly does?: 'save' | 'current' | 'rotate' | 'remember' | 'hold'
  /** To be saved: PKCS#8 DER in base64. */
  readonly key?: string
  readonly createdAt?: number
  readonly options?: SaveOptions
  readonly password?: string
  /** The routers to be remembered, one after the other. */
  readonly routers?: readonly string[]
  /** In octal; a worker thread of the test's own process could not set it. */
  readonly umask?: string
  /** The moment of its death, from 0; it lives if there is no such moment, and says how many there were. */
  readonly dieAt?: number
  /** The moment at which it is stopped, until it is told to go on. It says `stopped` first. */
  readonly stopAt?: number
  /** When to start, in ms since 1970. */
  readonly startAt?: number
}

const task = JSON.parse(argv[2]!) as ChildTask

type Operation = (...parameters: unknown[]) => Promise<unknown>

let moment = 0
function pass(): void {
  const { dieAt, stopAt } = task
  const now = moment++
  if (now === dieAt) kill(pid, 'SIGKILL')
  if (now !== stopAt) return
  writeSync(stdout.fd, 'stopped ')
  kill(pid, 'SIGSTOP')
}

function countOperations(target: object, names: readonly string[]): void {
  for (const name of names) {
    const operation = Reflect.get(target, name) as Operation
    const counted = async function (this: unknown, ...parameters: unknown[]): Promise<unknown> {
      pass()
      const result = await operation.apply(this, parameters)
      pass()
      return result
    }
    Reflect.set(target, name, counted)
  }
}

/** Writes in two halves, with a moment between them. */
function countHalves(prototype: object): void {
  const write = Reflect.get(prototype, 'write') as (this: unknown, bytes: Uint8Array) => Promise<unknown>
  Reflect.set(prototype, 'writeFile', async function (this: unknown, content: Uint8Array | string) {
    const bytes = Buffer.from(content)
    const half = bytes.length >> 1
    await write.call(this, bytes.subarray(0, half))
    pass()
    await write.call(this, bytes.subarray(half))
    pass()
  })
}

async function countMoments(): Promise<void> {
  const handle = await open(argv[1]!)
  const prototype = Object.getPrototypeOf(handle) as object
  await handle.close()
  countHalves(prototype)
  countOperations(prototype, ['chmod', 'sync'])
  countOperations(fs, ['mkdir', 'chmod', 'open', 'rename', 'unlink'])
  syncBuiltinESMExports()
}

/** What is tested is not how long it takes to generate a key. */
function generateSmallKeys(): void {
  const generateKey = crypto.subtle.generateKey.bind(crypto.subtle) as (
    algorithm: object,
    ...rest: unknown[]
  ) => Promise<unknown>
  crypto.subtle.generateKey = ((algorithm: object, ...rest: unknown[]) =>
    generateKey(
      'modulusLength' in algorithm ? { ...algorithm, modulusLength: 2048 } : algorithm,
      ...rest,
    )) as typeof crypto.subtle.generateKey
}

async function run(store: PemKeyStore): Promise<string> {
  const { key, createdAt = 1, options, routers = [] } = task
  switch (task.does ?? 'save') {
    case 'save': {
      const keyPair = await importPrivateKey(Buffer.from(key!, 'base64'), { exportable: true })
      if (task.dieAt !== undefined || task.stopAt !== undefined) await countMoments()
      await untilStart()
      await store.save('current', { keyPair, createdAt }, options)
      return `saved after ${moment} moments`
    }
    case 'current':
      generateSmallKeys()
      await untilStart()
      return (await new KeyManager({ store }).current()).publicKey.fingerprint
    case 'rotate': {
      generateSmallKeys()
      const manager = new KeyManager({ store, rotation: { automatic: false } })
      await manager.load()
      await untilStart()
      return (await manager.rotate()).keyPair.publicKey.fingerprint
    }
    case 'remember':
      await untilStart()
      for (const [firstSeen, url] of routers.entries()) {
        await store.set(url, { fingerprints: [`sha256/${pid}`], firstSeen, highestProtocol: '1.0' })
      }
      return 'remembered'
    case 'hold':
      // Its first operation under the lock never ends.
      fs.readdir = (() => {
        stdout.write('held')
        return new Promise(() => setInterval(() => undefined, 1000))
      }) as unknown as typeof fs.readdir
      syncBuiltinESMExports()
      await store.delete('current')
      return 'not held'
  }
}

function untilStart(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, (task.startAt ?? 0) - Date.now())))
}

const { dir, password } = task
if (task.umask !== undefined) umask(task.umask)
try {
  stdout.write(await run(pemKeyStore(password === undefined ? { dir } : { dir, password })))
} catch (error) {
  if (!NomyoError.isInstance(error)) throw error
  stdout.write(error.code)
}
