/** The router's key must never be among the files that it serves. */
import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { usageFailure } from '../failure.js'

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

/** The real path, of which the end may not exist yet. */
function realPathOf(path: string): string {
  const whole = resolve(path)
  try {
    // The native one also knows how a name is really written where file systems ignore case.
    return realpathSync.native(whole)
  } catch (error) {
    const above = dirname(whole)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === whole) throw error
    return join(realPathOf(above), basename(whole))
  }
}
