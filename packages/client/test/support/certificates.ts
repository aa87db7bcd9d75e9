/** TLS certificates made on the spot by openssl: a good one and several that must be refused. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** PEM texts for a server. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A test authority's certificates for `localhost`. */
export interface Certificates {
  /** File of the authority's certificate, for NODE_EXTRA_CA_CERTS. */
  readonly authorityFile: string
  readonly good: Certificate
  /** By the same authority, for `localhost`, but over since yesterday. */
  readonly expired: Certificate
  /** By the same authority, for another name. */
  readonly wrongHost: Certificate
  /** For `localhost`, by nobody but itself. */
  readonly selfSigned: Certificate
  /** Deletes the files. */
  remove(): void
}

/** The version of openssl, or undefined where there is none. */
export function opensslVersion(): string | undefined {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}

/** Makes all of them, in a new directory under the system's temporary one. */
export function makeCertificates(): Certificates {
  const dir = mkdtempSync(join(tmpdir(), 'nomyo-certificates-'))
  const file = (name: string): string => join(dir, name)
  const text = (name: string): string => readFileSync(file(name), 'utf8')
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

  const selfSigned = (name: string, subject: string, ...extensions: string[]): Certificate => {
    const more = extensions.flatMap((extension) => ['-addext', extension])
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)]
    openssl('req', '-x509', ...newKey, ...out, '-days', '2', '-subj', `/CN=${subject}`, ...more)
    return { key: text(`${name}.key`), cert: text(`${name}.crt`) }
  }
  const issued = (name: string, host: string, days: number): Certificate => {
    writeFileSync(file(`${name}.ext`), `subjectAltName=DNS:${host}\n`)
    const request = ['-keyout', file(`${name}.key`), '-out', file(`${name}.csr`), '-subj', `/CN=${host}`]
    openssl('req', '-new', ...newKey, ...request)
    const authority = ['-CA', file('authority.crt'), '-CAkey', file('authority.key'), '-CAcreateserial']
    const out = ['-out', file(`${name}.crt`), '-days', String(days), '-extfile', file(`${name}.ext`)]
    openssl('x509', '-req', '-in', file(`${name}.csr`), ...authority, ...out)
    return { key: text(`${name}.key`), cert: text(`${name}.crt`) }
  }

  selfSigned('authority', 'Test authority')
  return {
    authorityFile: file('authority.crt'),
    good: issued('good', 'localhost', 2),
    expired: issued('expired', 'localhost', -1),
    wrongHost: issued('other', 'other.example', 2),
    selfSigned: selfSigned('self', 'localhost', 'subjectAltName=DNS:localhost'),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
