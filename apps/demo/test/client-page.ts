/** What runs in a page whose browser's files are searched: a client with a store over IndexedDB. */
import { SecureChatCompletion } from '@nomyo/client'
import { importPrivateKeyPem } from '@nomyo/core/pkcs8'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'

/** What is done there. */
export interface PageTask {
  readonly pem: string
  readonly password: string | undefined
  readonly apiKey: string
  readonly prompt: string
  /** Put into a database of the page's own. */
  readonly control: string
}

/** Saves the key, asks over both protocols, closes the client, and gives the answers. */
export async function run({ pem, password, apiKey, prompt, control }: PageTask): Promise<string[]> {
  const keyStore = indexedDBKeyStore(password === undefined ? {} : { password })
  const { keyPair } = await importPrivateKeyPem(pem, { exportable: password !== undefined })
  await keyStore.save('current', { keyPair, createdAt: Date.now() })
  await plant(control)
  const answers: string[] = []
  for (const protocol of ['1.0', '2.0'] as const) {
    const baseURL = location.origin
    const client = new SecureChatCompletion({
      baseURL,
      allowHttp: true,
      protocol,
      apiKey: () => apiKey,
      keyStore,
    })
    const answer = await client.create({ model: 'm', messages: [{ role: 'user', content: prompt }] })
    answers.push(answer.choices[0]!.message.content ?? '')
    client.close()
  }
  return answers
}

/** All that scripts can read of all databases, in base64: each text, and each array of bytes. */
export async function dump(): Promise<string[]> {
  const found: string[] = []
  for (const { name } of await indexedDB.databases()) {
    const database = await answerOf(indexedDB.open(name!))
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store)
      collect([await answerOf(objects.getAllKeys()), await answerOf(objects.getAll())], found)
    }
    database.close()
  }
  return found
}

async function plant(text: string): Promise<void> {
  const request = indexedDB.open('control')
  request.onupgradeneeded = () => request.result.createObjectStore('texts')
  const database = await answerOf(request)
  await answerOf(database.transaction('texts', 'readwrite').objectStore('texts').put({ text }, 'control'))
  database.close()
}

function collect(value: unknown, found: string[]): void {
  if (ArrayBuffer.isView(value)) return collect(value.buffer, found)
  if (value instanceof ArrayBuffer) return void found.push(base64(new Uint8Array(value)))
  if (typeof value === 'object' && value !== null) {
    for (const key of Reflect.ownKeys(value)) {
      collect(String(key), found)
      collect(Reflect.get(value, key), found)
    }
  } else {
    found.push(base64(new TextEncoder().encode(String(value as string))))
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error!)
  })
}
