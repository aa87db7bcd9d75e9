/** The router's key must never be among the files that it serves. */
import { isAbsolute, relative, sep } from 'node:path'
import { usageFailure } from '../failure.js'
import { realPathOf } from '../real-path.js'

/**
 * @throws CommandFailure (usage) if the key directory is the served one or lies below it, symbolic links
 * followed. It need not exist yet.
 */
export function assertKeysNotServed(staticDir: string | undefined, keyDir: string): void {
  if (staticDir === undefined || !liesIn(staticDir, keyDir)) return
  throw usageFailure(
    `--static ${staticDir} would serve the router’s private key, which is kept in ${keyDir}. ` +
      'Serve another directory, or keep the key elsewhere: --key-dir DIRECTORY.',
  )
}

/** @throws CommandFailure (usage) if the private key of the certificate lies in the served directory. */
export function assertTlsKeyNotServed(staticDir: string | undefined, path: string): void {
  if (staticDir === undefined || !liesIn(staticDir, path)) return
  throw usageFailure(
    `--static ${staticDir} would serve the certificate’s private key ${path}. Keep it elsewhere.`,
  )
}

function liesIn(directory: string, path: string): boolean {
  const way = relative(realPathOf(directory), realPathOf(path))
  return !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
}
