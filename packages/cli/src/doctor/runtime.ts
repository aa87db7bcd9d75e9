/** Node, and how it is told to treat TLS. */
import { accessSync, constants } from 'node:fs'
import { DEFAULT_MIN_VERSION } from 'node:tls'
import { ok, problem, warning, type Finding } from './finding.js'

const OLDEST = [20, 19] as const
const WEAK_TLS = ['TLSv1', 'TLSv1.1']

/** The version of Node. */
export function nodeFindings(version: string = process.versions.node): readonly Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  const needed = OLDEST.join('.')
  if (!isOld) return [ok('node', `Node ${version}`)]
  return [
    problem('node', `Node ${version} is too old.`, `Install Node ${needed} or later: https://nodejs.org`),
  ]
}

/** What weakens certificates and TLS, or adds to whom they trust. */
export function tlsFindings(env: NodeJS.ProcessEnv = process.env): readonly Finding[] {
  return [certificateChecks(env), ...extraAuthorities(env), ...tlsVersion(), ...keyLog(env)]
}

function certificateChecks({ NODE_TLS_REJECT_UNAUTHORIZED: setting }: NodeJS.ProcessEnv): Finding {
  const check = 'certificates'
  if (setting !== '0') return ok(check, 'Certificates are verified.')
  const message =
    'NODE_TLS_REJECT_UNAUTHORIZED=0: certificates are verified by nobody. The client refuses https: then.'
  return problem(check, message, 'unset NODE_TLS_REJECT_UNAUTHORIZED')
}

function extraAuthorities({ NODE_EXTRA_CA_CERTS: path }: NodeJS.ProcessEnv): readonly Finding[] {
  if (!path) return []
  const check = 'authorities'
  try {
    accessSync(path, constants.R_OK)
  } catch {
    const message = `NODE_EXTRA_CA_CERTS=${path} cannot be read: Node goes on without it.`
    return [warning(check, message, `Name a file that is there, or: unset NODE_EXTRA_CA_CERTS`)]
  }
  return [ok(check, `NODE_EXTRA_CA_CERTS: the authorities in ${path} are trusted too.`)]
}

function tlsVersion(): readonly Finding[] {
  if (!WEAK_TLS.includes(DEFAULT_MIN_VERSION)) return [ok('tls', `At least ${DEFAULT_MIN_VERSION}.`)]
  const message = `Node takes ${DEFAULT_MIN_VERSION}, which is broken.`
  return [warning('tls', message, 'Take --tls-min-v1.0 and --tls-min-v1.1 out of NODE_OPTIONS.')]
}

function keyLog({ NODE_OPTIONS: options = '' }: NodeJS.ProcessEnv): readonly Finding[] {
  if (!options.includes('--tls-keylog') && !process.execArgv.some((one) => one.startsWith('--tls-keylog'))) {
    return []
  }
  const message =
    'Node writes the keys of its TLS connections into a file: whoever reads it, reads your API key.'
  return [problem('tls', message, 'Take --tls-keylog out of NODE_OPTIONS.')]
}
