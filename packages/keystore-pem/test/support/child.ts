/** Saves in processes of their own: to race them, and to kill them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { ChildTask } from './child-process.ts'

/** A process in the midst of its task. */
export interface StartedChild {
  kill(signal: NodeJS.Signals): void
  /** What it wrote until it ended, or `killed`. */
  readonly outcome: Promise<string>
}

/** The child's program, bundled. */
export interface ChildProgram {
  /** Runs a task in a fresh Node process: what it wrote, or `killed`. */
  run(task: ChildTask): Promise<string>
  /** The same by way of a shell, whose script ends with `exec "$@"`. */
  runUnder(script: string, task: ChildTask): Promise<string>
  /** Starts a task and waits until it says its first word: `held` or `stopped`. */
  start(task: ChildTask): Promise<StartedChild>
  remove(): void
}

const NO_WARNINGS = '--no-warnings'
const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Bundles the store and the child's program from their sources. */
export async function buildChild(): Promise<ChildProgram> {
  const dir = mkdtempSync(join(tmpdir(), 'nomyo-pem-child-'))
  const program = join(dir, 'child.mjs')
  await build({
    entryPoints: [source('./child-process.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    alias: {
      '@nomyo/core/pkcs8': source('../../../core/src/pkcs8/index.ts'),
      '@nomyo/core/internal': source('../../../core/src/internal.ts'),
      '@nomyo/core': source('../../../core/src/index.ts'),
      '@nomyo/keystore-pem': source('../../src/index.ts'),
    },
  })
  return {
    run: (task) => outcomeOf(spawn(process.execPath, [NO_WARNINGS, program, JSON.stringify(task)])),
    runUnder: (script, task) =>
      outcomeOf(
        spawn('sh', ['-c', script, 'sh', process.execPath, NO_WARNINGS, program, JSON.stringify(task)]),
      ),
    start: (task) => startedChild(spawn(process.execPath, [NO_WARNINGS, program, JSON.stringify(task)])),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

function outcomeOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    let errors = ''
    child.stdout!.on('data', (chunk) => (output += String(chunk)))
    child.stderr!.on('data', (chunk) => (errors += String(chunk)))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve('killed')
      else if (code === 0) resolve(output)
      else reject(new Error(`The child ended with ${code}: ${errors}`))
    })
  })
}

async function startedChild(child: ChildProcess): Promise<StartedChild> {
  const outcome = outcomeOf(child)
  await new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve())
    outcome.then(() => reject(new Error('It ended without a word.')), reject)
  })
  return { kill: (signal) => void child.kill(signal), outcome }
}
