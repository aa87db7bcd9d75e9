/** What `scripts/test-runtimes.mjs` has prepared. */
import type { Runtime } from '../support.ts'

export interface Config {
  /** Which runtimes are to be run. */
  readonly wanted: readonly Runtime[]
  /** Where they are, or why they are not there. */
  readonly programs: Readonly<Partial<Record<Runtime, Program>>>
  readonly openssl: string
  /** For the Chromium that was found. */
  readonly chromiumFlags: readonly string[]
  /** What a bundler for pages says to `@nomyo/keystore-pem`. */
  readonly refusalOfBundler: string
  /** The directory of the test vectors. */
  readonly vectors: string
  /** What was bundled: `server.mjs`, `router.mjs`, `page/`, `worker/`. */
  readonly built: string
  /** An empty directory for files. */
  readonly scratch: string
}

export type Program = { readonly path: string } | { readonly failure: string }
