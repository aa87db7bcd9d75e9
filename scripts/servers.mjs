/** The redis-server that the tests of replicas start. Only Node built-ins. */
import { hasApt, installWithApt } from './apt.mjs'
import { onPath } from './path.mjs'

/** Installs Debian's where there is none and we may. Elsewhere the tests say that they were skipped, and why. */
export async function provideRedis() {
  if (process.env.REDIS_SERVER_PATH || onPath(['redis-server']) || !hasApt()) return
  await installWithApt(['redis-server'])
}
