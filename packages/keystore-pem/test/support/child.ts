/** Saves in processes of their own: to race them, and to kill them. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { ChildTask } from './child-process.ts'

/** The child's program, bundled. */
export interface ChildProgram {
  /** Runs a task in a fresh Node process: what it wrote, or `killed`. */
  run(task: ChildTask): Promise<string>
  remove(): void
}

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
      '@nomyo/core': source('../../../core/src/index.ts'),
      '@nomyo/keystore-pem': source('../../src/index.ts'),
    },
  })
  return {
    run: (task) => runTask(program, task),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

function runTask(program: string, task: ChildTask): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', program, JSON.stringify(task)])
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (errors += String(chunk)))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve('killed')
      else if (code === 0) resolve(output)
      else reject(new Error(`The child ended with ${code}: ${errors}`))
    })
  })
}
