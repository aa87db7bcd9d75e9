/**
 * Markdown of an answer as elements of the page. A model may be made to write anything, so what comes of it holds
 * nothing that runs, and nothing that is fetched from elsewhere: a picture's address alone can carry a text away.
 */
import DOMPurify from 'dompurify'
import { Marked, type Tokens } from 'marked'
import { make } from './elements.js'

/** Where a link may lead. */
const LINK = /^(?:https?:|mailto:)/i
const TAGS =
  'a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul'.split(
    ' ',
  )

/** Characters of a text that is laid out: a table of twice as many takes a browser seconds, again with each piece. */
const LONGEST = 64 * 1024

const marked = new Marked({ gfm: true, breaks: true })
marked.use({
  renderer: {
    // Its description stands in for a picture. HTML is shown as the text that it is.
    image: ({ text }: Tokens.Image) => escaped(`[picture, not loaded: ${text}]`),
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
  },
})

const purify = DOMPurify(window)
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName !== 'A') return
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer')
})

/**
 * What `markdown` stands for; to be put into the page as it is. What is very long, or nested deeper than the parser can
 * follow, stays the text that it is: nothing that is written may keep an answer from being shown.
 */
export function safeMarkdown(markdown: string): Node {
  if (markdown.length > LONGEST) return asWritten(markdown)
  try {
    return laidOut(markdown)
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) return asWritten(markdown)
    throw error
  }
}

function laidOut(markdown: string): DocumentFragment {
  return purify.sanitize(marked.parse(markdown, { async: false }), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ['href', 'start', 'align'],
    ALLOWED_URI_REGEXP: LINK,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    // No HTML comes out, so the page needs no policy of its own to put HTML in.
    RETURN_DOM_FRAGMENT: true,
  })
}

function asWritten(text: string): HTMLElement {
  return make('p', 'as-written', text)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
