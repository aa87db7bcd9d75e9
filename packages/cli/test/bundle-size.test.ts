/** What a page pays for the built packages, held against their budgets. `npm run size` prints the table. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

interface Sizes {
  readonly BUNDLES: readonly { readonly name: string; readonly budget: number; readonly atOnce?: number }[]
  measure(one: { name: string }): Promise<{ min: number; gzip: number; initial: number }>
}

const { BUNDLES, measure } = (await import(/* @vite-ignore */ join(root, 'scripts/bundle-size.mjs'))) as Sizes

test.each(BUNDLES)('$name stays within $budget bytes', async (one) => {
  expect(existsSync(join(root, 'packages/keystore-indexeddb/dist/index.js')), 'npm run build').toBe(true)
  const { min, gzip, initial } = await measure(one)
  expect(gzip).toBeLessThanOrEqual(one.budget)
  expect(initial).toBeLessThanOrEqual(one.atOnce ?? one.budget)
  // What is measured is the package, not an empty entry, and what waits costs less than everything.
  expect(gzip).toBeGreaterThan(1000)
  expect(min).toBeGreaterThan(gzip)
  expect(initial).toBeGreaterThan(1000)
})
