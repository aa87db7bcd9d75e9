/**
 * The program of the child: one save. It can be killed at the n-th moment, before or after any operation on
 * files, which it counts by standing between the store and Node.
 */
import fs, { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { argv, kill, pid, stdout, umask } from 'node:process'
import { importPrivateKey, NomyoError } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'

/** What the child does. */
export interface ChildTask {
  readonly dir: string
  /** PKCS#8 DER in base64. */
  readonly key: string
  readonly createdAt: number
  readonly replace?: boolean
  /** In octal; a worker thread of the test's own process could not set it. */
  readonly umask?: string
  /** The moment of its death, from 0; it lives if there is no such moment. */
  readonly dieAt?: number
  /** When to start, in ms since 1970. */
  readonly startAt?: number
}

type Operation = (...parameters: unknown[]) => Promise<unknown>

let moment = 0
function pass(dieAt: number): void {
  if (moment++ === dieAt) kill(pid, 'SIGKILL')
}

function countOperations(target: object, names: readonly string[], dieAt: number): void {
  for (const name of names) {
    const operation = Reflect.get(target, name) as Operation
    const counted = async function (this: unknown, ...parameters: unknown[]): Promise<unknown> {
      pass(dieAt)
      const result = await operation.apply(this, parameters)
      pass(dieAt)
      return result
    }
    Reflect.set(target, name, counted)
  }
}

const task = JSON.parse(argv[2]!) as ChildTask
const keyPair = await importPrivateKey(Buffer.from(task.key, 'base64'), { exportable: true })
const store = pemKeyStore({ dir: task.dir })
if (task.dieAt !== undefined) {
  const handle = await open(argv[1]!)
  const prototype = Object.getPrototypeOf(handle) as object
  await handle.close()
  countOperations(prototype, ['chmod', 'writeFile', 'sync'], task.dieAt)
  countOperations(fs, ['mkdir', 'chmod', 'open', 'link', 'rename', 'unlink'], task.dieAt)
  syncBuiltinESMExports()
}
if (task.umask !== undefined) umask(task.umask)
await new Promise((resolve) => setTimeout(resolve, Math.max(0, (task.startAt ?? 0) - Date.now())))
try {
  const options = { replace: task.replace ?? false }
  await store.save('current', { keyPair, createdAt: task.createdAt }, options)
  stdout.write(`saved after ${moment} moments`)
} catch (error) {
  if (!NomyoError.isInstance(error)) throw error
  stdout.write(error.code)
}
