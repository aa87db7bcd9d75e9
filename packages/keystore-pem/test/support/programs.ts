/** OpenSSL, ssh-keygen and Python's cryptography, where they are installed. */
import { execFileSync, spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'

const PYTHONS = ['/usr/bin/python3', 'python3']

const installed = new Map<string, boolean>()

function works(command: string, ...parameters: string[]): boolean {
  const known = installed.get(command)
  if (known !== undefined) return known
  const { error, status } = spawnSync(command, parameters, { stdio: 'ignore', timeout: 20_000 })
  const found = error === undefined && status === 0
  installed.set(command, found)
  return found
}

/** Skips the test where openssl is missing. */
export function needsOpenssl({ skip }: TestContext): void {
  if (!works('openssl', 'version')) skip('openssl is not installed')
}

/** Skips the test where Python or its package is missing. */
export function needsPython({ skip }: TestContext): void {
  if (!PYTHONS.some((python) => works(python, '-c', 'import cryptography'))) {
    skip('no python3 with the package "cryptography" was found')
  }
}

/** Skips the test where ssh-keygen is missing. */
export function needsSshKeygen({ skip }: TestContext): void {
  const { error } = spawnSync('ssh-keygen', ['-?'], { stdio: 'ignore' })
  if (error !== undefined) skip('ssh-keygen is not installed')
}

/** Runs openssl: what it wrote. */
export function openssl(...parameters: string[]): Buffer {
  return execFileSync('openssl', parameters, { stdio: 'pipe' })
}

/** Runs a Python program: what it wrote. */
export function python(program: string, ...parameters: string[]): string {
  const interpreter = PYTHONS.find((python) => installed.get(python) === true)!
  return execFileSync(interpreter, ['-c', program, ...parameters], { encoding: 'utf8' })
}
