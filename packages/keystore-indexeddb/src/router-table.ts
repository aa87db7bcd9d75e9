import { KeyStoreError, ValidationError, type RouterTrust, type SetOptions } from '@nomyo/core'
import { asRouterTrust } from '@nomyo/core/internal'
import type { Database } from './database.js'
import { ROUTER } from './layout.js'
import { find } from './requests.js'

/** What is known of routers, by base URL. */
export class RouterTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * What is known of that router; undefined only if nothing is.
   * @throws KeyStoreError `unreadable` if it is damaged.
   */
  async get(baseURL: string): Promise<RouterTrust | undefined> {
    const found = await this.#database.transact('readonly', (store) => find(store, ROUTER + baseURL))
    if (found === undefined) return undefined
    const trust = asRouterTrust(found.value)
    if (trust === undefined) {
      throw new KeyStoreError(
        'unreadable',
        `What is known of ${baseURL} in the database ${JSON.stringify(this.#database.name)} is damaged. ` +
          'Nothing was changed.',
      )
    }
    return trust
  }

  /**
   * Replaces what is known of that router.
   * @throws KeyStoreError `exists` if that was only to happen for one of which nothing is known.
   * @throws ValidationError for what could not be read back.
   */
  async set(baseURL: string, trust: RouterTrust, { onlyIfUnknown = false }: SetOptions): Promise<void> {
    const checked = asRouterTrust(trust)
    if (checked === undefined) throw new ValidationError('What is known of a router must be a RouterTrust.')
    await this.#database.transact('readwrite', async (store) => {
      if (onlyIfUnknown && (await find(store, ROUTER + baseURL)) !== undefined) {
        throw new KeyStoreError('exists', `${baseURL} is known already.`)
      }
      store.put(checked, ROUTER + baseURL)
    })
  }
}
