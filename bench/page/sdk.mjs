/** A fresh page of an app on the SDK: its driver says in the address what it shall do. */
import { SecureChatCompletion } from '@nomyo/client'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'
import { requestOf } from '../request.mjs'
import { marked } from '../measure/marks.mjs'

const parameters = new URLSearchParams(location.search)
const client = new SecureChatCompletion({
  ...{ baseURL: `${location.origin}/floor`, allowHttp: true, logLevel: 'off', maxRetries: 0 },
  protocol: parameters.get('protocol'),
  keyStore: indexedDBKeyStore(),
})
const ask = () => client.create(requestOf(1000))

const tasks = {
  store: () => client.generateKeys(),
  call: () => marked(ask),
  ready: async () => {
    await client.ready()
    return marked(ask)
  },
}

globalThis.outcome = tasks[parameters.get('task')]()
// Whoever asks for it is told.
globalThis.outcome.catch(() => undefined)
