/** What the machine does of RSA-4096 private operations, on all cores at once, by OpenSSL's own measure. */
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'

const RESULT = /^rsa\s+4096 bits\s+\S+\s+\S+\s+([\d.]+)/m

/** @returns {Promise<number>} operations in a second */
export async function rsaSpeed(seconds) {
  const args = ['speed', '-multi', String(availableParallelism()), '-seconds', String(seconds), 'rsa4096']
  const { stdout } = await promisify(execFile)('openssl', args)
  const rate = Number(RESULT.exec(stdout)?.[1])
  if (!(rate > 0)) throw new Error(`openssl speed said nothing of RSA-4096:\n${stdout}`)
  return rate
}
