/** The files with secrets that `nomyo router` would read in this environment. */
import { CommandFailure } from '../failure.js'
import { withSecretFiles } from '../router/secrets.js'
import { problem, type Finding } from './finding.js'

/**
 * What `look` finds in `env` with what the files hold, or what keeps one of them from being read. They are read once: of
 * a pipe nothing would be left for another reader.
 */
export async function withSecrets(
  env: NodeJS.ProcessEnv,
  look: (env: NodeJS.ProcessEnv) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  let whole: NodeJS.ProcessEnv
  try {
    whole = withSecretFiles(env)
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    const mend = 'Name a file that holds the secret alone, and that this user may read.'
    return [problem('secret files', error.message, mend)]
  }
  return look(whole)
}
