/**
 * `npm run site:check`: builds the documentation site, looks for links that lead nowhere and for anything that would be
 * loaded from another host, and reads it in Chromium.
 */
import { Board } from './board.mjs'
import { Failure, main } from './command.mjs'
import { prepareWorkspace } from './pnpm.mjs'
import { deadLinks, readSite, remoteParts, remoteStyles } from './site/output.mjs'
import { readPages } from './site/pages.mjs'
import { mustBeEmpty, openSite } from './site/reading.mjs'
import { sidebar } from './site/sidebar.mjs'
import { buildSite, SITE } from './site.mjs'

/** The width of a small one, in CSS pixels. */
const PHONE = { width: 360, height: 740 }

function checkSidebar() {
  const listed = new Set(sidebar.flatMap(({ items }) => items.map(({ link }) => link)))
  const expected = Object.values(readPages()).map((page) => `/${page.replace(/(?:index)?\.md$/, '')}`)
  mustBeEmpty(
    expected.filter((link) => !listed.has(link)),
    'These pages are not in scripts/site/sidebar.mjs',
  )
}

/** Searches for a word, and follows the result that is expected. */
async function search({ page, url }, word, address) {
  await page.goto(`${url}/`)
  await page.getByRole('button', { name: 'Search' }).first().click()
  await page.locator('#localsearch-input').fill(word)
  await page.locator(`.VPLocalSearchBox .result[href="${address}"]`).click()
  await page.waitForURL((at) => at.pathname + at.hash === address)
}

/** @param {Board} board */
async function checkReading(board, pages) {
  const site = await board.check('Reading', 'Chromium opens', () => openSite(SITE))
  if (site === undefined) return
  const check = (name, task) => board.check('Reading', name, task)
  await check('the first page opens', async () => {
    await site.page.goto(`${site.url}/`)
    await site.page.getByRole('heading', { level: 1 }).waitFor()
  })
  await check('the search finds a word, and leads there', () =>
    search(site, 'downgrade_refused', '/troubleshooting.html#downgrade_refused'),
  )
  await site.page.setViewportSize(PHONE)
  await check('every page opens, and is no wider than a phone', async () => {
    for (const { path } of pages.filter((one) => one.path !== '404.html')) {
      await site.page.goto(`${site.url}/${path}`, { waitUntil: 'load' })
      await site.page.waitForFunction(() => document.querySelector('#app').__vue_app__ !== undefined)
      if ((await site.page.locator('h1').count()) === 0) throw new Failure(`${path} has no heading.`)
      const beyond = await site.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (beyond > 0) throw new Failure(`${path} is ${beyond} px too wide for a phone.`)
    }
  })
  await check('nothing is reported in the console', () => mustBeEmpty(site.complaints, 'In the console'))
  await check('no other host is asked', () => mustBeEmpty(site.strangers, 'Asked'))
  await site.close()
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  const board = new Board()
  const check = (name, task) => board.check('Site', name, task)
  await check('every page is in the sidebar', checkSidebar)
  const isBuilt = await check('builds without a warning, and without a dead link', async () => {
    await buildSite()
    return true
  })
  if (isBuilt) {
    const pages = readSite(SITE)
    await check('every link and anchor leads somewhere', () => mustBeEmpty(deadLinks(pages), 'Dead links'))
    await check('nothing is loaded from another host', () =>
      mustBeEmpty([...remoteParts(pages), ...remoteStyles(SITE)], 'Loaded from elsewhere'),
    )
    await checkReading(board, pages)
  }
  board.conclude()
})
