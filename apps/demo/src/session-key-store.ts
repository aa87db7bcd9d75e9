/** The one place where the page decides where its keys are kept, and says so. */
import { memoryKeyStore, type KeyStore, type TrustStore } from '@nomyo/client'

/** A store, and how its keys are spoken of. */
export interface SessionKeyStore {
  readonly store: KeyStore & TrustStore
  /** Where the key is and how long it lasts, in a few words. */
  readonly lifetime: string
  /** The same in a paragraph. */
  readonly words: string
}

/** The store of this session. */
export function sessionKeyStore(): SessionKeyStore {
  return {
    store: memoryKeyStore(),
    lifetime: 'in memory, gone when the page is closed',
    words:
      'An RSA-4096 key pair is made when the page opens, to receive answers with. Its private half lives in ' +
      'the browser’s memory, cannot be exported even by this page, and is gone when the page is closed. ' +
      'So is the memory of the router’s key.',
  }
}
