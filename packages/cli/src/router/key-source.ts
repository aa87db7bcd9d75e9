/** Where the router's keys come from. */
import { availableParallelism } from 'node:os'
import type { KeyPair } from '@nomyo/core'

/** One place of keys. */
export interface KeySource {
  /** How it is shown: no secret. */
  readonly place: string
  /** The current key first, as several handles, then others that still open requests. */
  load(): Promise<readonly KeyPair[]>
  /** The same, as they are by now; undefined where they cannot change while the router runs. */
  readonly reload?: () => Promise<readonly KeyPair[]>
}

/** How many handles of the current key there are: the engine does the operations of one handle one by one. */
export const HANDLES: number = 2 * availableParallelism()
