import { pemKeyStore, type PemKeyStoreOptions } from '@nomyo/keystore-pem'
import { describeStore } from '../../core/test/store-contract.ts'
import { testKeyPair } from './support/keys.ts'
import { newPlace } from './support/places.ts'

const keys = async () => [await testKeyPair('first'), await testKeyPair('second')] as const
const places = new WeakMap<object, string>()

function describePemKeyStore(name: string, options: PemKeyStoreOptions): void {
  const storeIn = (dir: string): ReturnType<typeof pemKeyStore> => {
    const store = pemKeyStore({ ...options, dir, onWarning: () => undefined })
    places.set(store, dir)
    return store
  }
  describeStore({
    name,
    keys,
    empty: async () => storeIn(newPlace()),
    reopened: async (store) => storeIn(places.get(store)!),
  })
}

describePemKeyStore('pemKeyStore', {})
describePemKeyStore('pemKeyStore with a password', { password: 'secret' })
