/** The Chromium that the tests use. */
import { chromium } from 'playwright'
import { findChromium, launchFlags } from '../../scripts/chromium.mjs'

/** @param {(browser: import('playwright').Browser) => Promise<void>} task */
export async function withChromium(task) {
  const browser = await chromium.launch({ executablePath: await findChromium(), args: launchFlags() })
  try {
    await task(browser)
  } finally {
    await browser.close()
  }
}
