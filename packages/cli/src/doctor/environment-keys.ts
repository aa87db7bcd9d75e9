/** A router's keys in environment variables, looked at as key files are: nothing of them is printed. */
import { KeyStoreError, NomyoError } from '@nomyo/core'
import type { ReadPrivateKey } from '@nomyo/keystore-pem'
import { KEY_PASSWORD } from '../keys/password.js'
import {
  ENCRYPT_IT,
  isSame,
  KEY_VARIABLE,
  OTHER_KEY_VARIABLE,
  OTHER_PASSWORD_VARIABLE,
  readKey,
} from '../router/keys-in-environment.js'
import { ok, problem, warning, type Finding } from './finding.js'

const CHECK = 'router keys'
const KEY_DIR_VARIABLE = 'NOMYO_ROUTER_KEY_DIR'

/** What a variable holds, as far as it can be seen. */
interface Looked {
  readonly finding: Finding
  readonly read?: ReadPrivateKey
}

/** Of the keys that `nomyo router` would take in this environment; nothing if it has none. */
export async function environmentKeyFindings(env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const { [KEY_VARIABLE]: current, [OTHER_KEY_VARIABLE]: other } = env
  if (current === undefined && other === undefined) return []
  const password = env[KEY_PASSWORD.variable] || undefined
  const first = await look(KEY_VARIABLE, current, password)
  if (other === undefined) return [first.finding, ...conflicts(env)]
  const second = await look(OTHER_KEY_VARIABLE, other, env[OTHER_PASSWORD_VARIABLE] ?? password)
  return [first.finding, second.finding, ...sameKey(first, second), ...conflicts(env)]
}

async function look(
  variable: string,
  pem: string | undefined,
  password: string | undefined,
): Promise<Looked> {
  if (pem === undefined || pem.trim() === '') {
    const what =
      pem === undefined ? `${variable} is not set, but ${OTHER_KEY_VARIABLE} is` : `${variable} is empty`
    return {
      finding: problem(CHECK, `${what}: nomyo router does not start.`, `export ${variable}="$(cat KEY.pem)"`),
    }
  }
  try {
    const read = await readKey(variable, pem, password)
    return { finding: protection(variable, read), read }
  } catch (error) {
    if (!NomyoError.isInstance(error)) throw error
    if (KeyStoreError.isInstance(error) && error.code === 'locked') {
      // The router may get its password from a descriptor.
      return {
        finding: ok(
          CHECK,
          `${variable} is encrypted; ${KEY_PASSWORD.variable} is not set, so it was not opened.`,
        ),
      }
    }
    return {
      finding: problem(CHECK, error.message, `Set ${variable} again, to the whole PEM, and its password.`),
    }
  }
}

function protection(variable: string, { keyPair, protection: { encryption } }: ReadPrivateKey): Finding {
  const what = `${variable} holds ${keyPair.publicKey.fingerprint}`
  if (encryption === 'password') return ok(CHECK, `${what}, under a password.`)
  const how = encryption === 'none' ? 'without a password' : 'under a password that is easy to guess'
  return warning(CHECK, `${what}, ${how}: whoever sees the environment has the key.`, ENCRYPT_IT)
}

function sameKey({ read: one }: Looked, { read: another }: Looked): readonly Finding[] {
  if (one === undefined || another === undefined || !isSame(one, another)) return []
  const message = `${KEY_VARIABLE} and ${OTHER_KEY_VARIABLE} hold the same key: there is no overlap.`
  return [
    warning(CHECK, message, `Set ${OTHER_KEY_VARIABLE} to the key before, or: unset ${OTHER_KEY_VARIABLE}`),
  ]
}

function conflicts({ [KEY_DIR_VARIABLE]: directory }: NodeJS.ProcessEnv): readonly Finding[] {
  if (!directory) return []
  const message = `${KEY_DIR_VARIABLE} is set beside ${KEY_VARIABLE}: nomyo router does not start.`
  return [problem(CHECK, message, `unset ${KEY_DIR_VARIABLE}`)]
}
