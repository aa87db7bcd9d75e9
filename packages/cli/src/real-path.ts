import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** The real path, of which the end may not exist yet. */
export function realPathOf(path: string): string {
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
