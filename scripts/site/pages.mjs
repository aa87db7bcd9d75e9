/**
 * Which files of the repository are pages of the site, and where a link between them leads there. Links in these files
 * are relative paths, so that they work where the repository is read as well.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { Failure, root } from '../command.mjs'

/** The folder that the reference is generated into, among the pages. */
export const REFERENCE = 'api'

const documents = () => readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))

const packages = () =>
  readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'README.md')))

/** Pages by their source, both as paths with `/`. @returns {Record<string, string>} */
export function readPages() {
  return {
    ...Object.fromEntries(documents().map((file) => [`docs/${file}`, file])),
    'README.md': 'overview.md',
    'SECURITY.md': 'security-policy.md',
    'CONTRIBUTING.md': 'contributing.md',
    'CHANGELOG.md': 'changelog.md',
    'examples/README.md': 'examples.md',
    'deploy/README.md': 'deploy.md',
    ...Object.fromEntries(packages().map((name) => [`packages/${name}/README.md`, `packages/${name}.md`])),
  }
}

const PICTURE = /\.(?:svg|png)$/

/** Where pictures lie among the pages: as below docs. */
const pictureOf = (path) => path.replace(/^docs\//, '')

/** @returns {string[]} the pictures that pages show, from the root */
export function readPictures() {
  const files = readdirSync(join(root, 'docs'), { recursive: true }).map((file) => file.replaceAll('\\', '/'))
  return files
    .filter((file) => PICTURE.test(file) && !file.startsWith(`${REFERENCE}/`))
    .map((file) => `docs/${file}`)
}

export const pictureIn = (folder, picture) => join(folder, pictureOf(picture))

const isFolder = (path) => statSync(join(root, path)).isDirectory()

/**
 * Where a relative link of a source leads on the site, relative to the page; undefined if to a file of the repository
 * that is no page.
 *
 * @param {Record<string, string>} pages
 * @param {string} source
 * @param {string} href
 */
export function linkOnSite(pages, source, href) {
  const [path, anchor] = href.split('#')
  if (path === '') return href
  const target = posix.join(posix.dirname(source), decodeURI(path)).replace(/\/$/, '')
  if (target.startsWith('..') || !existsSync(join(root, target)))
    throw new Failure(`${source} links to ${href}, which does not exist.`)
  const page = pages[isFolder(target) ? posix.join(target, 'README.md') : target]
  const goal = page ?? (PICTURE.test(target) ? pictureOf(target) : undefined)
  if (goal === undefined) return undefined
  const relative = posix.relative(posix.dirname(pages[source]), goal)
  return `./${relative}${anchor === undefined ? '' : `#${anchor}`}`
}
