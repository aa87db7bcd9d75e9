/** What starting a runtime takes and gives, whichever it is. */
import type { Runtime } from '../support.ts'
import type { Config } from './config.ts'
import type { Site } from './site.ts'

/** A runtime at work. */
export interface Running {
  readonly version: string
  /** Resolves with its last words if it ends by itself; never for a browser. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** What it needs. */
export interface Launch {
  readonly runtime: Runtime
  readonly path: string
  readonly site: Site
  /** Where it may write. */
  readonly directory: string
  readonly config: Config
}
