/** Finds a Python that can run the peer in test-vectors, and runs it. Node only. */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const fileOf = (name: string): string => fileURLToPath(new URL(`../test-vectors/${name}`, import.meta.url))

/** The peer for protocol 1.0. */
export const PEER: string = fileOf('nomyo_peer.py')
/** The peer for both versions. */
export const PEER_V2: string = fileOf('nomyo_peer_v2.py')
/** What makes the vectors of each version. */
export const MAKERS: readonly string[] = [fileOf('make_vectors.py'), fileOf('make_vectors_v2.py')]

/** Why a test that needs Python is skipped. */
export const NO_PYTHON = 'no python3 with the package "cryptography", 38 or later, was found'

let found: string | null | undefined

/** The first Python 3.9 or later that has `cryptography`, or undefined if there is none. */
export function findPython(): string | undefined {
  found ??= ['/usr/bin/python3', 'python3'].find(isUsable) ?? null
  return found ?? undefined
}

function isUsable(python: string): boolean {
  const probe =
    'import sys, cryptography; sys.exit(sys.version_info < (3, 9) or int(cryptography.__version__.split(".")[0]) < 38)'
  return spawnSync(python, ['-c', probe], { stdio: 'ignore', timeout: 20_000 }).status === 0
}

/**
 * Runs a command of the peer that ends by itself (`seal`, `open`, `ask`) and gives its output.
 * Rejects with the line that it printed if it fails.
 */
export async function runPeer(args: readonly string[], input: Uint8Array, file = PEER): Promise<Buffer> {
  const python = findPython()
  if (python === undefined) throw new Error(NO_PYTHON)
  const child = spawn(python, [file, ...args])
  const output: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk))
  child.stdin.on('error', () => {}) // it may end before it has read all
  child.stdin.end(input)
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (status !== 0) throw new Error(`the peer failed: ${Buffer.concat(complaints).toString().trim()}`)
  return Buffer.concat(output)
}
