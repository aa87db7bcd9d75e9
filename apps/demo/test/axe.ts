import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'

/** Evaluated, not added as a script: the page's policy stays as strict as it is. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The width of a small phone. */
export const PHONE = { width: 360, height: 740 }

/** Axe finds nothing on the page as it is now; `state` names that in the message. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE)
  const { violations, passes } = await page.evaluate(() => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }
    return axe.run()
  })
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
  expect(found, state).toEqual([])
  expect(passes.length, state).toBeGreaterThan(10) // it did look
}

/** The page as it is now, wide and then on a phone, where nothing may be wider than the screen. */
export async function expectAccessibleEverywhere(page: Page, state: string): Promise<void> {
  const before = page.viewportSize()
  await expectAccessible(page, state)
  await page.setViewportSize(PHONE)
  await expectAccessible(page, `${state}, on a phone`)
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(tooWide, `${state}, on a phone`).toBeLessThanOrEqual(0)
  await page.screenshot({ path: `test-results/axe-${state.replaceAll(/\W+/g, '-')}.png` })
  if (before !== null) await page.setViewportSize(before)
}
