/**
 * A client in a process of its own, for what only the start of a process decides: trusted authorities, and
 * environment variables that other tests must not see.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Outcome, Step } from './child-process.ts'
import { testKeyBase64 } from './keys.ts'

/** The child's program, bundled. */
export interface ChildProgram {
  /** Runs the steps in a fresh Node process; one outcome for each call. */
  run(steps: readonly Step[], environment?: Record<string, string>): Promise<Outcome[]>
  remove(): void
}

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Bundles the client and the child's program from their sources. */
export async function buildChild(): Promise<ChildProgram> {
  const dir = mkdtempSync(join(tmpdir(), 'nomyo-child-'))
  const program = join(dir, 'child.mjs')
  await build({
    entryPoints: [source('./child-process.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    alias: {
      '@nomyo/client': source('../../src/index.ts'),
      '@nomyo/core': source('../../../core/src/index.ts'),
      '@nomyo/core/exchange': source('../../../core/src/exchange/index.ts'),
      '@nomyo/core/pkcs8': source('../../../core/src/pkcs8/index.ts'),
      '@nomyo/core/internal': source('../../../core/src/internal.ts'),
    },
  })
  return {
    run: (steps, environment = {}) => run(program, steps, environment),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

async function run(
  program: string,
  steps: readonly Step[],
  environment: Record<string, string>,
): Promise<Outcome[]> {
  const { NODE_TLS_REJECT_UNAUTHORIZED: _, NODE_EXTRA_CA_CERTS: __, ...inherited } = process.env
  const child = spawn(process.execPath, [program], { env: { ...inherited, ...environment } })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  child.stdin.end(JSON.stringify({ key: testKeyBase64('client2048'), steps }))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`the child ended with ${String(code)}: ${Buffer.concat(errors).toString()}`)
  return JSON.parse(Buffer.concat(output).toString()) as Outcome[]
}
