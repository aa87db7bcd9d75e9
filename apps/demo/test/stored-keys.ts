/** A look into the browser's database and engine, past the page and its key store. */
import type { BrowserContext, Page } from '@playwright/test'

/** A private key that was found in IndexedDB. */
export interface StoredPrivateKey {
  readonly algorithm: string
  readonly extractable: boolean
  /** How `exportKey` ended for `pkcs8` and `jwk`: the name of its error, or `exported`. */
  readonly exports: readonly string[]
}

/** Counts the RSA-4096 key pairs that the page asks the engine for, on this and on all later visits. */
export async function countGenerations(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const { generateKey } = SubtleCrypto.prototype
    let count = 0
    Object.assign(globalThis, { generations: () => count })
    SubtleCrypto.prototype.generateKey = async function (this: SubtleCrypto, ...args: [never, never, never]) {
      const [{ modulusLength }] = args as unknown as [{ modulusLength?: number }]
      if (modulusLength === 4096) {
        count++
        await (globalThis as { beforeGeneration?: () => Promise<void> }).beforeGeneration?.()
      }
      return generateKey.apply(this, args) as never
    }
  })
  return () => page.evaluate(() => (globalThis as unknown as { generations: () => number }).generations())
}

/** Holds every page of a context back from generating a key pair until so many of them are about to. */
export async function generateTogether(context: BrowserContext, pages: number): Promise<void> {
  let missing = pages
  let letAllGo = (): void => undefined
  const allThere = new Promise<void>((resolve) => {
    letAllGo = resolve
  })
  await context.exposeFunction('beforeGeneration', () => {
    if (--missing === 0) letAllGo()
    return allThere
  })
}

/** Every private key in any of the origin's databases, however deep in a record, and whether it can be exported. */
export async function storedPrivateKeys(page: Page): Promise<readonly StoredPrivateKey[]> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(request.error!))
      })
    const keysIn = (value: unknown): readonly CryptoKey[] => {
      if (value instanceof CryptoKey) return [value]
      return typeof value === 'object' && value !== null ? Object.values(value).flatMap(keysIn) : []
    }
    const keysOf = async ({ name = '' }: IDBDatabaseInfo): Promise<readonly CryptoKey[]> => {
      const database = await settled(indexedDB.open(name))
      const stores = [...database.objectStoreNames]
      const values = stores.map((store) => settled(database.transaction(store).objectStore(store).getAll()))
      const keys = keysIn(await Promise.all(values))
      database.close()
      return keys
    }
    const outcome = (key: CryptoKey, format: 'pkcs8' | 'jwk'): Promise<string> =>
      crypto.subtle.exportKey(format as 'pkcs8', key).then(
        () => 'exported',
        (error: Error) => error.name,
      )
    const all = (await Promise.all((await indexedDB.databases()).map(keysOf))).flat()
    return Promise.all(
      all
        .filter(({ type }) => type === 'private')
        .map(async (key) => ({
          algorithm: key.algorithm.name,
          extractable: key.extractable,
          exports: [await outcome(key, 'pkcs8'), await outcome(key, 'jwk')],
        })),
    )
  })
}
