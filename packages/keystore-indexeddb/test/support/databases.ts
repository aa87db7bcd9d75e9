/** Databases of a test's own, and a view of them that owes nothing to the store. */
import { afterEach } from 'vitest'

const names = new Set<string>()
let count = 0

/** The name of a database that no other test uses; it is deleted after the test. */
export function freshDatabase(): string {
  const name = `test ${performance.timeOrigin} ${count++}`
  names.add(name)
  return name
}

afterEach(async () => {
  for (const name of names) await deleteDatabase(name)
  names.clear()
})

/** Deletes a database, once all connections to it have made room. */
export async function deleteDatabase(name: string): Promise<void> {
  await answer(indexedDB.deleteDatabase(name))
}

/** Everything in the object store, by key. */
export async function contentOf(name: string, objectStore = 'production'): Promise<Map<string, unknown>> {
  return inDatabase(name, objectStore, async (store) => {
    const [keys, values] = await Promise.all([answer(store.getAllKeys()), answer(store.getAll())])
    return new Map(keys.map((key, i) => [String(key as string), values[i] as unknown]))
  })
}

/** Puts a value into the object store, as a stranger would. */
export async function plant(name: string, key: string, value: unknown): Promise<void> {
  await inDatabase(name, 'production', (store) => answer(store.put(value, key)))
}

/** A connection of a program that is not the store; makes the database if there is none. */
export async function connectTo(name: string, objectStore: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name)
  request.onupgradeneeded = () => request.result.createObjectStore(objectStore)
  return answer(request)
}

async function inDatabase<T>(
  name: string,
  objectStore: string,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const connection = await connectTo(name, objectStore)
  try {
    const transaction = connection.transaction(objectStore, 'readwrite')
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error)
    })
    const result = await work(transaction.objectStore(objectStore))
    await done
    return result
  } finally {
    connection.close()
  }
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
