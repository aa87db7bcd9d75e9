/** The programs that run in the processes whose memory is searched. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Paths of the bundled programs. */
export interface MemoryPrograms {
  /** A client that takes steps. */
  readonly client: string
  /** To be loaded into the command. */
  readonly hooks: string
  remove(): void
}

/** Bundles them from their sources. */
export async function buildPrograms(): Promise<MemoryPrograms> {
  const outdir = mkdtempSync(join(tmpdir(), 'nomyo-memory-'))
  const source = (path: string): string => fileURLToPath(new URL(`${path}.ts`, import.meta.url))
  await build({
    entryPoints: [source('./client-process'), source('./hooks')],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    alias: {
      '@nomyo/client': source('../../../client/src/index'),
      '@nomyo/core': source('../../../core/src/index'),
      '@nomyo/core/exchange': source('../../../core/src/exchange/index'),
      '@nomyo/core/internal': source('../../../core/src/internal'),
      '@nomyo/core/pkcs8': source('../../../core/src/pkcs8/index'),
      '@nomyo/keystore-pem': source('../../../keystore-pem/src/index'),
    },
  })
  return {
    client: join(outdir, 'client-process.mjs'),
    hooks: join(outdir, 'hooks.mjs'),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  }
}
