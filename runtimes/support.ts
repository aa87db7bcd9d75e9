/**
 * What each runtime can do of what not all of them can, and for the rest: how it fails. The suite holds the runtimes
 * to both: where a cell says `works`, the case must pass; where it names a failure, exactly that must happen. What is
 * not in this table must pass everywhere.
 */

/** A runtime, as `npm run test:runtimes -- …` names it. */
export type Runtime = (typeof RUNTIMES)[number]

export const RUNTIMES = [
  ...(['node-20', 'node-22', 'node-24', 'node-26', 'bun', 'deno', 'workerd'] as const),
  ...(['chromium', 'firefox', 'webkit'] as const),
] as const

/** The columns of the printed table. */
export type Group = (typeof GROUPS)[number]

export const GROUPS = [
  ...(['core', 'exchange', 'vectors', 'pkcs8', 'client', 'fetch', 'keys'] as const),
  ...(['indexeddb', 'pem', 'surroundings'] as const),
] as const

type Row<Failure extends string> = Readonly<Record<Runtime, 'works' | Failure>>

const works = 'works'

const row = <Failure extends string>(cells: Row<Failure>): Row<Failure> => cells

/** Runtimes in columns: this is the table. */
export const SUPPORT = {
  /** `@nomyo/keystore-pem` needs node:fs, node:crypto and others; bundlers for pages refuse those. */
  keyFiles: row({
    'node-20': works,
    'node-22': works,
    'node-24': works,
    'node-26': works,
    'bun': works,
    'deno': works,
    'workerd': 'no node modules',
    'chromium': 'no node modules',
    'firefox': 'no node modules',
    'webkit': 'no node modules',
  }),
  /** `@nomyo/keystore-indexeddb` keeps keys in memory where there is no IndexedDB, and says so. */
  indexedDB: row({
    'node-20': 'memory and a warning',
    'node-22': 'memory and a warning',
    'node-24': 'memory and a warning',
    'node-26': 'memory and a warning',
    'bun': 'memory and a warning',
    'deno': 'memory and a warning',
    'workerd': 'memory and a warning',
    'chromium': works,
    'firefox': works,
    'webkit': works,
  }),
  /** `structuredClone` of a CryptoKey, which IndexedDB and messages to workers are made of. */
  cloningKeys: row({
    'node-20': works,
    'node-22': works,
    'node-24': works,
    'node-26': works,
    'bun': works,
    'deno': works,
    'workerd': 'DataCloneError',
    'chromium': works,
    'firefox': works,
    'webkit': works,
  }),
  /** Whether there are pages without `crypto.subtle`: those that come over http: from another host than localhost. */
  insecureContexts: row({
    'node-20': 'none',
    'node-22': 'none',
    'node-24': 'none',
    'node-26': 'none',
    'bun': 'none',
    'deno': 'none',
    'workerd': 'none',
    'chromium': works,
    'firefox': works,
    'webkit': works,
  }),
  /** Random numbers while modules are loaded, so also keys: Workers have them in handlers only. */
  randomAtLoad: row({
    'node-20': works,
    'node-22': works,
    'node-24': works,
    'node-26': works,
    'bun': works,
    'deno': works,
    'workerd': 'only in handlers',
    'chromium': works,
    'firefox': works,
    'webkit': works,
  }),
  /** `NOMYO_API_KEY` and the other variables. */
  environment: row({
    'node-20': works,
    'node-22': works,
    'node-24': works,
    'node-26': works,
    'bun': works,
    'deno': works,
    'workerd': 'no variables',
    'chromium': 'no variables',
    'firefox': 'no variables',
    'webkit': 'no variables',
  }),
  /** `await using client`. Without the symbol there is no such method, and `close()` does the same. */
  asyncDispose: row({
    'node-20': works,
    'node-22': works,
    'node-24': works,
    'node-26': works,
    'bun': works,
    'deno': works,
    'workerd': works,
    'chromium': works,
    'firefox': works,
    'webkit': 'no symbol',
  }),
  /** Keys that others have encrypted with AES-192; we write AES-256. */
  aes192: row({
    'node-20': works,
    'node-22': works,
    'node-24': works,
    'node-26': works,
    'bun': works,
    'deno': works,
    'workerd': works,
    'chromium': 'unreadable',
    'firefox': works,
    'webkit': works,
  }),
} as const

export type Feature = keyof typeof SUPPORT

/** The ways in which the table says that a feature fails. */
export type FailureOf<F extends Feature> = Exclude<(typeof SUPPORT)[F][Runtime], 'works'>
