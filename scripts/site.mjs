/**
 * `npm run site`: the documentation as a site of plain files, in site/, which is built and not committed. It asks no
 * other host, so it can be read offline.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, main, root } from './command.mjs'
import { buildReference } from './docs-api.mjs'
import { prepareWorkspace } from './pnpm.mjs'
import { pictureIn, readPages, readPictures, REFERENCE } from './site/pages.mjs'
import { mustPass, prepareTools } from './tools.mjs'

const HOME = join(root, 'scripts/site')
const PAGES = join(root, '.cache/site/pages')
export const SITE = join(root, 'site')

function copy(source, target) {
  mkdirSync(dirname(target), { recursive: true })
  cpSync(join(root, source), target)
}

/** Puts everything that becomes a page, and the pictures, into one folder. */
async function gather() {
  rmSync(PAGES, { recursive: true, force: true })
  for (const [source, page] of Object.entries(readPages())) copy(source, join(PAGES, page))
  for (const picture of readPictures()) copy(picture, pictureIn(PAGES, picture))
  // Where VitePress looks for what is served as it is.
  copy('apps/demo/public/icon.svg', join(PAGES, 'public/icon.svg'))
  // `nomyo` exports what @nomyo/client does, and would be told to be its home.
  const reference = join(PAGES, REFERENCE)
  await buildReference({ out: reference, optionsFile: join(HOME, 'typedoc.json'), without: ['nomyo'] })
  // TypeDoc takes `APIErrorCode` and `APIError.code` for one anchor and numbers it; the headings do not.
  for (const file of readdirSync(reference, { recursive: true }).filter((name) => name.endsWith('.md'))) {
    const path = join(reference, file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/(\]\([^)]*#[a-z]*errorcode)-1\)/g, '$1)'))
  }
}

/** Builds the site. VitePress itself refuses links to pages that are not there. */
export async function buildSite() {
  await prepareTools()
  await prepareTools(HOME)
  await gather()
  const output = await mustPass('vitepress', ['build', HOME], { home: HOME })
  const complaints = output.split('\n').filter((line) => /warn|deprecat|error/i.test(line))
  if (complaints.length > 0) throw new Failure(`${output}\n\nThe site was built with warnings.`)
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await buildSite()
  console.log(`The site is in ${SITE}: index.html is its first page.`)
})
