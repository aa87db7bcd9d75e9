/** Routers that share a Redis. */
import { start, type Command, type CommandOptions } from './command.ts'
import type { Upstream } from './upstream.ts'

/** What a router is started with. */
export interface ReplicaOptions {
  /** Where its key is. */
  readonly cwd: string
  /** Of Redis. */
  readonly url: string
  readonly upstream: Upstream
  readonly env?: CommandOptions['env']
}

/** Starts one. */
export function startReplica({ cwd, url, upstream, env = {} }: ReplicaOptions): Command {
  const args = ['--upstream', upstream.url, '--replay-store', url, '--quiet']
  return start(['router', '--port', '0', ...args], { cwd, env })
}
