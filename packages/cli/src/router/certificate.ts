/** The certificate that the router is served with over https:. */
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { usageFailure } from '../failure.js'
import { warn } from '../terminal/notices.js'

/** In PEM. */
export interface Certificate {
  /** With those between it and the authority. */
  readonly cert: string
  readonly key: string
}

/** Read, write and run, for the group and for others. */
const OTHERS = 0o077

/**
 * Reads the certificate and its private key, if they are named, and warns of a key that others can read.
 * @throws CommandFailure (usage) for one without the other, for what cannot be read, and for what does not fit.
 */
export function certificateOf(
  certPath: string | undefined,
  keyPath: string | undefined,
): Certificate | undefined {
  if (certPath === undefined && keyPath === undefined) return undefined
  if (certPath === undefined || keyPath === undefined) {
    throw usageFailure('--tls-cert and --tls-key belong together: say both.')
  }
  const certificate = { cert: read(certPath, '--tls-cert'), key: read(keyPath, '--tls-key') }
  assertFitting(certificate, certPath, keyPath)
  if (process.platform !== 'win32' && (statSync(keyPath).mode & OTHERS) !== 0) {
    warn(`Others can reach the certificate’s private key ${keyPath}. To mend it: chmod 600 ${keyPath}`)
  }
  return certificate
}

function read(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw usageFailure(
      `${option}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    )
  }
}

/** OpenSSL's own words may quote what they are about. */
function assertFitting(certificate: Certificate, certPath: string, keyPath: string): void {
  try {
    createSecureContext(certificate)
  } catch {
    throw usageFailure(
      `${certPath} and ${keyPath} are not a certificate and its private key, both in PEM, the key without a password.`,
    )
  }
}
