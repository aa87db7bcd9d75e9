import { KeyStoreError } from '@nomyo/core'
import { promisifyRequest } from 'idb-keyval'
import type { Place } from './layout.js'

/** ms: some versions of Safari never answer. */
const OPEN_TIMEOUT = 10_000

/**
 * Opens the database, and makes it if there is none. `onLost` is called when the connection is closed: by
 * the browser, or to give way to whoever wants to delete the database.
 * @throws KeyStoreError `unreadable` if it has not the object store of this place; anything else if there is
 * no storage, or no answer within 10 seconds.
 */
export async function connect({ database, objectStore }: Place, onLost: () => void): Promise<IDBDatabase> {
  const connection = await inTime(open(database, objectStore))
  if (!connection.objectStoreNames.contains(objectStore)) {
    connection.close()
    throw new KeyStoreError(
      'unreadable',
      `The database ${JSON.stringify(database)} was not made for the environment ${objectStore}: ` +
        'it belongs to another environment or program. Give another databaseName.',
    )
  }
  connection.onclose = onLost
  connection.onversionchange = () => {
    connection.close()
    onLost()
  }
  return connection
}

/** As `createStore` of idb-keyval does; that keeps the connection to itself, so that nobody could close it. */
async function open(database: string, objectStore: string): Promise<IDBDatabase> {
  const request = indexedDB.open(database)
  request.onupgradeneeded = () => request.result.createObjectStore(objectStore)
  return promisifyRequest(request)
}

async function inTime(opening: Promise<IDBDatabase>): Promise<IDBDatabase> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DOMException('The database did not open in time.', 'TimeoutError'))
      // Nobody will use a connection that comes too late, and it would be in the way of others.
      opening.then(
        (connection) => connection.close(),
        () => undefined,
      )
    }, OPEN_TIMEOUT)
  })
  try {
    return await Promise.race([opening, timeout])
  } finally {
    clearTimeout(timer)
  }
}
