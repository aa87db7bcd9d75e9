/** What OpenSSL makes for the suite: a certificate that nobody vouches for, and keys as others write them. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from './config.ts'
import type { ForeignKeys } from '../suite/context.ts'

const PASSWORD = 'from elsewhere'
const ITERATIONS = 2048

async function run(openssl: string, args: readonly string[], input?: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(openssl, args, (error, stdout, stderr) => {
      if (error) reject(new Error(`openssl ${args[0]}: ${stderr || error.message}`))
      else resolve(stdout)
    })
    child.stdin?.end(input)
  })
}

/** A self-signed certificate for localhost: the paths of its two files. */
export async function selfSigned({
  openssl,
  scratch: folder,
}: Config): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, 'certificate.pem'), join(folder, 'certificate_key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2']
  await run(openssl, [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    ...subject,
    '-keyout',
    key,
    '-out',
    cert,
  ])
  return { cert, key }
}

/** The test key `rsa2048`, in clear and encrypted. */
export async function foreignKeys({ openssl, vectors }: Config): Promise<ForeignKeys> {
  const { keys } = JSON.parse(await readFile(join(vectors, 'v1.json'), 'utf8')) as {
    keys: { rsa2048: { private_pkcs8: string } }
  }
  const der = Buffer.from(keys.rsa2048.private_pkcs8, 'base64')
  const encrypted = async (
    cipher: string,
  ): Promise<{ pem: string; password: string; iterations: number }> => {
    const scheme = ['-v2', cipher, '-v2prf', 'hmacWithSHA256', '-iter', String(ITERATIONS)]
    const pem = await run(
      openssl,
      ['pkcs8', '-topk8', '-inform', 'DER', ...scheme, '-passout', `pass:${PASSWORD}`],
      der,
    )
    return { pem, password: PASSWORD, iterations: ITERATIONS }
  }
  return {
    plain: await run(openssl, ['pkcs8', '-topk8', '-inform', 'DER', '-nocrypt'], der),
    aes256: await encrypted('aes-256-cbc'),
    aes192: await encrypted('aes-192-cbc'),
  }
}
