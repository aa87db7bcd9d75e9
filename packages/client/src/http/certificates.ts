import { SecurityError } from '@nomyo/core'
import { environment } from '../options/environment.js'

/** What to do about a certificate that no public authority has signed. */
export const OWN_AUTHORITY = 'for a certificate authority of your own set NODE_EXTRA_CA_CERTS.'

/**
 * Refuses an https request while Node or Bun are told not to verify certificates. It is asked before each
 * request, because the variable can be set and removed while the process runs.
 * @throws SecurityError `certificate_checks_disabled`.
 */
export function assertCertificatesAreChecked(url: string): void {
  if (!url.startsWith('https:') || environment('NODE_TLS_REJECT_UNAUTHORIZED') !== '0') return
  throw new SecurityError(
    'certificate_checks_disabled',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 switches certificate checks off. Nothing was sent. Unset it; ' +
      OWN_AUTHORITY,
  )
}

/** Node's and OpenSSL's words for a certificate that is not valid: it will not be valid in a second either. */
const CERTIFICATE_FAULTS = /CERT|^ERR_TLS_|UNABLE_TO_VERIFY/

/** Whether the system's word for what ended a connection is about the router's certificate. */
export function isCertificateFault(reason: string): boolean {
  return CERTIFICATE_FAULTS.test(reason)
}
