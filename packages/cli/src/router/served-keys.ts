/** The router's key must never be among the files that it serves. */
import { isAbsolute, relative, sep } from 'node:path'
import { usageFailure } from '../failure.js'
import { realPathOf } from '../real-path.js'

/**
 * @throws CommandFailure (usage) if the key directory is the served one or lies below it, symbolic links
 * followed. It need not exist yet.
 */
export function assertKeysNotServed(staticDir: string | undefined, keyDir: string): void {
  if (staticDir === undefined) return
  const way = relative(realPathOf(staticDir), realPathOf(keyDir))
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return
  throw usageFailure(
    `--static ${staticDir} would serve the router’s private key, which is kept in ${keyDir}. ` +
      'Serve another directory, or keep the key elsewhere: --key-dir DIRECTORY.',
  )
}
