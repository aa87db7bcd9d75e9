/** The page's elements: found by id, or made. Text goes in as text, never as HTML. */

/** The element of that id in index.html. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id)
  if (element instanceof type) return element
  throw new TypeError(`index.html has no ${type.name} with the id ${id}.`)
}

/** A new element with a class and content. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string = '',
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  element.append(...content)
  return element
}

/** A new button that does something. */
export function makeButton(text: string, className: string, onClick: () => void): HTMLButtonElement {
  const button = make('button', className, text)
  button.type = 'button'
  button.addEventListener('click', onClick)
  return button
}
