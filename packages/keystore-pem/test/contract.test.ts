import { memoryKeyStore } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { describeStore } from './contract.ts'
import { testKeyPair } from './support/keys.ts'
import { newPlace } from './support/places.ts'

const keys = async () => [await testKeyPair('first'), await testKeyPair('second')] as const
const places = new WeakMap<object, string>()

function storeIn(dir: string): ReturnType<typeof pemKeyStore> {
  const store = pemKeyStore({ dir })
  places.set(store, dir)
  return store
}

describeStore({ name: 'memoryKeyStore', keys, empty: async () => memoryKeyStore() })
describeStore({
  name: 'pemKeyStore',
  keys,
  empty: async () => storeIn(newPlace()),
  reopened: async (store) => storeIn(places.get(store)!),
})
