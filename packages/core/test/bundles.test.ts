/** The package as others bundle it: minified, twice in one program, imported where nothing must happen. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type * as Core from '@nomyo/core'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

const ENTRY = fileURLToPath(new URL('../src/index.ts', import.meta.url))

/** The package as one minified module, which `mark` makes a copy of its own. */
async function bundle(mark: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    banner: { js: `/* ${mark} */` },
  })
  return outputFiles[0]!.text
}

function urlOf(code: string): string {
  return `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
}

let first: typeof Core
let second: typeof Core

beforeAll(async () => {
  const [one, two] = await Promise.all([bundle('one'), bundle('two')])
  first = (await import(/* @vite-ignore */ urlOf(one))) as typeof Core
  second = (await import(/* @vite-ignore */ urlOf(two))) as typeof Core
})

describe('minified', () => {
  it('the classes have lost their names, so that what follows proves something', () => {
    expect(first.SecurityError.prototype.constructor.name).not.toBe('SecurityError')
  })

  it('errors keep their names and kinds', () => {
    const error = new first.PayloadTooLargeError(11, 10)
    expect(error.name).toBe('PayloadTooLargeError')
    expect(String(error)).toMatch(/^PayloadTooLargeError: /)
    expect(error.stack).toMatch(/^PayloadTooLargeError: /)
    expect(first.ValidationError.isInstance(error)).toBe(true)
    expect(first.SecurityError.isInstance(error)).toBe(false)
  })

  it('what one copy seals, the other opens', async () => {
    const pair = await first.generateKeyPair({ modulusLength: 2048 })
    const plaintext = new TextEncoder().encode('{"x":1}')
    const envelope = await second.seal(plaintext, pair.publicKey)
    expect((await second.open(envelope, pair)).plaintext).toEqual(plaintext)
  })

  it('an error of one copy is recognised by the other', async () => {
    expect(first.SecurityError).not.toBe(second.SecurityError)
    const error: unknown = await first.importPublicKey('').catch((reason: unknown) => reason)
    expect(error instanceof second.SecurityError).toBe(false)
    expect(second.SecurityError.isInstance(error)).toBe(true)
    expect(second.NomyoError.isInstance(error)).toBe(true)
    expect(second.KeyStoreError.isInstance(error)).toBe(false)
  })
})

describe('importing the package', () => {
  /** What a program sees that traps everything the package could touch, then runs `code`. */
  async function touched(code: string): Promise<unknown> {
    const program = `
      const touched = []
      const names = ['crypto', 'fetch', 'indexedDB', 'localStorage', 'navigator', 'document', 'window', 'console']
      const { env, log } = { env: process.env, log: console.log }
      for (const name of [...names, 'setTimeout', 'setInterval', 'queueMicrotask', 'Buffer', 'process']) {
        const value = globalThis[name]
        Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return value } })
      }
      const before = Reflect.ownKeys(globalThis)
      const prototypes = [Object, Array, Error, Function, Promise, Uint8Array].map((type) => type.prototype)
      const own = () => JSON.stringify(prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String)))
      const ownBefore = own()
      const core = await import(${JSON.stringify(urlOf(await bundle('traps')))})
      ${code}
      const added = Reflect.ownKeys(globalThis).filter((key) => !before.includes(key)).map(String)
      log(JSON.stringify({ touched, added, prototypes: own() === ownBefore }))
    `
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    expect(child.stderr).toBe('')
    return JSON.parse(child.stdout)
  }

  it('touches nothing and adds nothing', async () => {
    expect(await touched('')).toEqual({ touched: [], added: [], prototypes: true })
  })

  it('the traps work: the first use touches crypto', async () => {
    const uses = (await touched('await core.fingerprintOf(new Uint8Array())')) as { touched: string[] }
    expect(uses.touched).toContain('crypto')
  })
})
