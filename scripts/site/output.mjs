/** What can be read off the built site: its pages, their anchors, and where they lead. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

const REMOTE = /^(?:[a-z][a-z0-9+.-]*:)?\/\//i

/**
 * @typedef {object} Page
 * @property {string} path from the site's root
 * @property {Set<string>} anchors
 * @property {string[]} links of `<a>`, as they stand
 * @property {string[]} loaded what the browser fetches by itself
 */

const filesIn = (folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' })

const textOf = (html) => html.replaceAll('&amp;', '&').replaceAll('&quot;', '"')

const all = (html, expression) => [...html.matchAll(expression)].map(([, value]) => textOf(value))

/** Every attribute by which an element other than `<a>` names an address. */
function addressesIn(html) {
  const tags = html.match(/<(?!a\b)[a-z][^>]*>/gi) ?? []
  return tags.flatMap((tag) => [
    ...all(tag, /\s(?:src|href|action|data|poster)="([^"]*)"/g),
    ...all(tag, /\ssrcset="([^"]*)"/g).flatMap((set) =>
      set.split(',').map((one) => one.trim().split(' ')[0]),
    ),
    ...all(tag, /url\(([^)]*)\)/g),
  ])
}

/** @returns {Page[]} */
export function readSite(folder) {
  const files = filesIn(folder).map((file) => file.replaceAll('\\', '/'))
  return files
    .filter((file) => file.endsWith('.html'))
    .map((path) => {
      const html = readFileSync(join(folder, path), 'utf8')
      return {
        path,
        anchors: new Set(all(html, /\sid="([^"]*)"/g)),
        links: all(html, /<a\b[^>]*\shref="([^"]*)"/g),
        loaded: addressesIn(html),
      }
    })
}

/** @param {Page[]} pages @returns {string[]} links that lead to no page, or to no place on it */
export function deadLinks(pages) {
  const byPath = new Map(pages.map((page) => [page.path, page]))
  const isDead = (page, link) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return false
    const [path, anchor] = decodeURI(link).split('#')
    const absolute = posix.join('/', posix.dirname(page.path), path)
    const target = path === '' ? page.path : (path.startsWith('/') ? path : absolute).slice(1)
    const goal = byPath.get(target === '' || target.endsWith('/') ? `${target}index.html` : target)
    return goal === undefined || (anchor !== undefined && anchor !== '' && !goal.anchors.has(anchor))
  }
  return pages.flatMap((page) =>
    page.links.filter((link) => isDead(page, link)).map((link) => `${page.path}: ${link}`),
  )
}

/** @param {Page[]} pages @returns {string[]} what a page would load from another host */
export const remoteParts = (pages) =>
  pages.flatMap(({ path, loaded }) =>
    loaded.filter((url) => REMOTE.test(url)).map((url) => `${path}: ${url}`),
  )

/** Addresses that a stylesheet loads from another host. @returns {string[]} */
export function remoteStyles(folder) {
  const files = filesIn(folder).filter((file) => file.endsWith('.css'))
  return files.flatMap((file) => {
    const css = readFileSync(join(folder, file), 'utf8')
    const named = [...all(css, /url\(\s*["']?([^"')]*)/g), ...all(css, /@import\s+["']([^"']*)/g)]
    return named.filter((url) => REMOTE.test(url)).map((url) => `${file}: ${url}`)
  })
}
