/**
 * Markdown of an answer as elements of the page. A model may be made to write anything, so what comes of it holds
 * nothing that runs, and nothing that is fetched from elsewhere: a picture's address alone can carry a text away.
 */
import DOMPurify from 'dompurify'
import { Marked, type Tokens } from 'marked'

/** Where a link may lead. */
const LINK = /^(?:https?:|mailto:)/i
const TAGS =
  'a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul'.split(
    ' ',
  )

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

/** What `markdown` stands for; to be put into the page as it is. */
export function safeMarkdown(markdown: string): DocumentFragment {
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

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
