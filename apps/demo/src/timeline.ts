/** A call's steps as bars along one line, as long as they took. */
import { make } from './elements.js'
import { milliseconds } from './quantities.js'

/** A step of a call. */
export interface Step {
  /** Of the style sheet. */
  readonly kind: 'key' | 'seal' | 'network' | 'open'
  readonly name: string
  readonly milliseconds: number
}

/** Shows the steps in `chart`, one after the other. */
export function showTimeline(chart: HTMLElement, steps: readonly Step[]): void {
  const words = steps.map(({ name, milliseconds: took }) => `${name} ${milliseconds(took)}`)
  chart.setAttribute('aria-label', `Timeline: ${words.join(', ')}`)
  chart.replaceChildren(...steps.map(bar))
}

function bar({ kind, milliseconds: took }: Step): HTMLElement {
  const element = make('span', `bar ${kind}`)
  // Through the object model: the policy allows no style in the markup.
  element.style.flexGrow = String(Math.max(took, 0.01))
  return element
}
