/** A second opinion on key files. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What `openssl pkey` prints of a key that is encrypted with that password. */
export async function opensslPkey(args: readonly string[], pem: string, password: string): Promise<string> {
  const env = { ...process.env, KEY_PASSWORD: password }
  const running = promisify(execFile)('openssl', ['pkey', '-passin', 'env:KEY_PASSWORD', ...args], { env })
  running.child.stdin?.end(pem)
  const { stdout, stderr } = await running
  return stdout + stderr
}

/** Whether there is an openssl. */
export async function hasOpenssl(): Promise<boolean> {
  return promisify(execFile)('openssl', ['version']).then(
    () => true,
    () => false,
  )
}
