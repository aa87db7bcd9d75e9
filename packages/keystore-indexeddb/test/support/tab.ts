/**
 * What runs in another tab: takes up the key of a database as a client does, and tells its fingerprints. A key
 * is generated only once whoever opened the tab lets it, so that two tabs certainly race.
 */
import { KeyManager } from '@nomyo/core'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'
import { GO_ON, type FromTab } from './tabs.ts'

const databaseName = new URL(import.meta.url).searchParams.get('database') ?? ''
const channel = new BroadcastChannel(databaseName)
const tell = (message: FromTab): void => channel.postMessage(message)

const generateKey = crypto.subtle.generateKey.bind(crypto.subtle) as (
  algorithm: object,
  ...rest: unknown[]
) => Promise<CryptoKeyPair>
crypto.subtle.generateKey = (async (algorithm: object, ...rest: unknown[]) => {
  if (!('modulusLength' in algorithm) || algorithm.modulusLength !== 4096)
    return generateKey(algorithm, ...rest)
  const released = new Promise<void>((resolve) => {
    channel.addEventListener('message', ({ data }) => data === GO_ON && resolve())
  })
  tell({ type: 'generating' })
  await released
  return generateKey({ ...algorithm, modulusLength: 2048 }, ...rest)
}) as typeof crypto.subtle.generateKey

try {
  const manager = new KeyManager({ store: indexedDBKeyStore({ databaseName }) })
  const { publicKey } = await manager.current()
  const previous = await manager.previous()
  tell({
    type: 'ready',
    fingerprint: publicKey.fingerprint,
    previous: previous?.publicKey.fingerprint,
  })
} catch (error) {
  tell({ type: 'failed', reason: String(error) })
}
