import { importPrivateKey, memoryKeyStore } from '@nomyo/core'
import { KEY_NAMES, pkcs8Of } from './keys.js'
import { describeStore } from './store-contract.js'

const [first, second] = KEY_NAMES.map((name) => pkcs8Of(name))

describeStore({
  name: 'memoryKeyStore',
  keys: async () => [
    await importPrivateKey(first!, { exportable: true }),
    await importPrivateKey(second!, { exportable: true }),
  ],
  empty: async () => memoryKeyStore(),
})
