/** How Markdown becomes pages: as the forge shows it, so that a link that works here works there too. */
import { linkOnSite, readPages } from './pages.mjs'

/** A heading's anchor, by the forge's rule: letters, digits, `-` and `_`, and a hyphen for each space. */
export const anchorOf = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')

const isRelative = (href) => !/^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(href)

/** Lets links and pictures lead where their files lie on the site. What is no page there is left as text. */
export function repairLinks(markdown) {
  const pages = readPages()
  const sources = Object.fromEntries(Object.entries(pages).map(([source, page]) => [page, source]))
  markdown.core.ruler.push('links-on-site', ({ tokens, env }) => {
    const source = sources[env.relativePath]
    if (source === undefined) return // the reference, whose links are right
    for (const { children } of tokens) repairTokens(children ?? [], (href) => linkOnSite(pages, source, href))
  })
}

function repairTokens(tokens, linkOf) {
  // The links that are open here: one that is taken out takes its end along.
  const open = []
  for (const token of tokens) {
    if (token.type === 'image') repair(token, 'src', linkOf)
    if (token.type === 'link_open') open.push(repair(token, 'href', linkOf))
    if (token.type === 'link_close' && !open.pop()) removeTag(token)
  }
}

/** @returns {boolean} whether it is still a link */
function repair(token, attribute, linkOf) {
  const href = token.attrGet(attribute)
  if (!isRelative(href)) return true
  const link = linkOf(href)
  if (link === undefined) removeTag(token)
  else token.attrSet(attribute, link)
  return link !== undefined
}

function removeTag(token) {
  token.type = 'text'
  token.tag = ''
  token.content = ''
  token.attrs = null
}
