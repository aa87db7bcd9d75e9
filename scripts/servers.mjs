/** The servers that the tests of several routers start. Only Node built-ins. */
import { hasApt, installWithApt } from './apt.mjs'
import { onPath } from './path.mjs'

const WANTED = [
  { program: 'redis-server', variable: 'REDIS_SERVER_PATH', debian: 'redis-server' },
  { program: 'nginx', variable: 'NGINX_PATH', debian: 'nginx-light' },
]

/** Installs Debian's where there are none and we may. Elsewhere the tests say that they were skipped, and why. */
export async function provideServers() {
  const missing = WANTED.filter(({ program, variable }) => !process.env[variable] && !onPath([program]))
  if (missing.length > 0 && hasApt()) await installWithApt(missing.map(({ debian }) => debian))
}
