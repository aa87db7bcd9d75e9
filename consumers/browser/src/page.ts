/** A page that asks one question, streamed, with a key that no script can take away. */
import { NomyoError, SecureChatCompletion, type ClientOptions, type Protection } from '@nomyo/client'
import { exportPrivateKeyPem } from '@nomyo/core/pkcs8'
import { indexedDBKeyStore, type IndexedDBKeyStoreOptions } from '@nomyo/keystore-indexeddb'

/** What a test reads from the page. */
export interface Outcome {
  readonly text: string
  readonly protection: Protection
  /** What came of taking the private key away. */
  readonly theft: string
  /** Whether a second client finds the same key. */
  readonly isKept: boolean
}

declare global {
  interface Window {
    ask?: (question: string) => Promise<Outcome>
  }
}

const place: IndexedDBKeyStoreOptions = { databaseName: 'consumer' }

function connect(): SecureChatCompletion {
  const options: ClientOptions = {
    baseURL: location.origin,
    allowHttp: true,
    keyStore: indexedDBKeyStore(place),
  }
  return new SecureChatCompletion(options)
}

async function theft(): Promise<string> {
  const record = await indexedDBKeyStore(place).load('current')
  if (record === undefined) return 'there is no key'
  try {
    return await exportPrivateKeyPem(record.keyPair)
  } catch (error) {
    return NomyoError.isInstance(error) ? error.code : String(error)
  }
}

window.ask = async (question) => {
  const client = connect()
  const { fingerprint } = await client.generateKeys()
  const answer = document.querySelector('output')!
  const messages = [{ role: 'user' as const, content: question }]
  for await (const chunk of await client.create({ model: 'nomyo-embedded', messages, stream: true })) {
    answer.textContent += chunk.choices[0]?.delta.content ?? ''
  }
  const isKept = (await connect().loadKeys()).fingerprint === fingerprint
  return { text: answer.innerText, protection: client.protection(), theft: await theft(), isKept }
}
