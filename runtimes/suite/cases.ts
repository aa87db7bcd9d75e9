/** The whole suite. */
import { clientCases } from './client.ts'
import { coreCases } from './core.ts'
import { exchangeCases } from './exchange.ts'
import type { Case } from './harness.ts'
import { indexedDBCases } from './indexeddb.ts'
import { keyCases } from './keys.ts'
import { pemCases } from './pem.ts'
import { pkcs8Cases } from './pkcs8.ts'
import { fetchCases } from './secure-fetch.ts'
import { surroundingsCases } from './surroundings.ts'
import { vectorCases } from './vectors.ts'
import { vectorV2Cases } from './vectors-v2.ts'

export const CASES: readonly Case[] = [
  ...coreCases,
  ...exchangeCases,
  ...vectorCases,
  ...vectorV2Cases,
  ...pkcs8Cases,
  ...clientCases,
  ...fetchCases,
  ...keyCases,
  ...indexedDBCases,
  ...pemCases,
  ...surroundingsCases,
]
