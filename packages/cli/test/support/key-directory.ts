/** Working directories with a router key in them, so that no test waits for RSA generation without need. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made: string[] = []
const keys = new Map<number, string>()

/** An empty directory under the system's temporary one. */
export function emptyDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'nomyo-cli-'))
  made.push(path)
  return path
}

/** A directory whose `router_keys/private_key.pem` is a key of that many bits. */
export function directoryWithKey(modulusLength: 2048 | 3072 | 4096 = 2048): string {
  const path = emptyDirectory()
  const pem = keys.get(modulusLength) ?? newKey(modulusLength)
  keys.set(modulusLength, pem)
  mkdirSync(join(path, 'router_keys'), { mode: 0o700 })
  writeFileSync(join(path, 'router_keys', 'private_key.pem'), pem, { mode: 0o600 })
  return path
}

/** Deletes all of them. */
export function removeDirectories(): void {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
}

function newKey(modulusLength: number): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
