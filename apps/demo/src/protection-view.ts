import type { Protection } from '@nomyo/client'
import { byId } from './elements.js'

/** Shows what the client says of itself: what is overwritten after use, what cannot be, and what is not protected. */
export function showProtection({ protocol, overwritten, notOverwritten, notProtected }: Protection): void {
  if (protocol !== undefined) byId('protocol-fact', HTMLElement).textContent = `Protocol ${protocol}`
  fill('overwritten', overwritten)
  fill('not-overwritten', notOverwritten)
  fill('not-protected', notProtected)
}

function fill(id: string, texts: readonly string[]): void {
  const items = texts.map((text) => {
    const item = document.createElement('li')
    item.textContent = text
    return item
  })
  byId(id, HTMLElement).replaceChildren(...items)
}
