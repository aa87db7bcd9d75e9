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
  return startPeer(args, input, file).output
}

/** A command of the peer that is running. */
export interface RunningPeer {
  /** All that it prints, or a rejection with its complaint. */
  readonly output: Promise<Buffer>
  /** Waits until that text has been printed. Rejects if the command ends without it. */
  prints(text: string): Promise<void>
}

/** Starts a command of the peer. */
export function startPeer(args: readonly string[], input: Uint8Array, file = PEER): RunningPeer {
  const python = findPython()
  if (python === undefined) throw new Error(NO_PYTHON)
  const child = spawn(python, [file, ...args])
  const printed: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk))
  child.stdin.on('error', () => {}) // it may end before it has read all
  child.stdin.end(input)
  const output = new Promise<Buffer>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => {
      if (status === 0) resolve(Buffer.concat(printed))
      else reject(new Error(`the peer failed: ${Buffer.concat(complaints).toString().trim()}`))
    })
  })
  const prints = async (text: string): Promise<void> => {
    while (!Buffer.concat(printed).includes(text)) {
      const more = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
      const ended = output.then(() => {
        if (!Buffer.concat(printed).includes(text)) throw new Error(`the peer has not printed ${text}`)
      })
      await Promise.race([more, ended])
    }
  }
  return { output, prints }
}
