/** The one place where the page decides where its keys are kept, and says so. */
import type { KeyStore, KeyStoreWarning, TrustStore } from '@nomyo/client'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'

/** How a key is spoken of that is kept in a certain way. */
export interface Keeping {
  /** Where the key is and how long it lasts, in a few words. */
  readonly lifetime: string
  /** The same in a paragraph. */
  readonly words: string
}

const PURPOSE = 'An RSA-4096 key pair, made in this browser, to receive answers with.'
const LASTING =
  'It is there again after a reload or a restart, and the router can recognise you by it, until this site’s ' +
  'data is cleared or a private window closed. After 90 days it is replaced. The router’s key is remembered ' +
  'beside it.'
const IN_DATABASE: Keeping = {
  lifetime: 'kept in this browser, not exportable',
  words:
    `${PURPOSE} Its private half lies in the browser’s database (IndexedDB) and cannot be exported, not even ` +
    `by this page. ${LASTING}`,
}
const WRAPPED: Keeping = {
  lifetime: 'kept in this browser, encrypted',
  words:
    `${PURPOSE} Its private half lies in the browser’s database (IndexedDB), encrypted under a key that ` +
    `cannot be exported. ${LASTING}`,
}
const IN_MEMORY: Keeping = {
  lifetime: 'in memory, gone when the page is closed',
  words:
    `${PURPOSE} Its private half lives in the browser’s memory, cannot be exported, not even by this page, ` +
    'and is gone when the page is closed or reloaded.',
}

/** The store of this page: the browser's database, or memory where that cannot be had. */
export function sessionKeyStore(onWarning: (warning: KeyStoreWarning) => void): KeyStore & TrustStore {
  return indexedDBKeyStore({ onWarning })
}

/** How the store really keeps its keys. To be asked once it has loaded or saved a key, and knows. */
export function keepingOf(store: KeyStore): Keeping {
  if (store.volatile) return IN_MEMORY
  return store.needsExportableKeys ? WRAPPED : IN_DATABASE
}
