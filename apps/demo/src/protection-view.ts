import type { Protection } from '@nomyo/client'
import { byId, make } from './elements.js'
import { guaranteesOf, type RouterKeyState } from './guarantees.js'

const WORDS: Readonly<Record<NonNullable<Protection['protocol']>, string>> = {
  '2.0':
    'Each request is sealed whole under fresh AES-256 keys, which are sealed to the router’s RSA key. The answer ' +
    'comes back in parts, each of them authenticated and bound to this very request: one that is changed, cut ' +
    'short, swapped or played again is refused.',
  '1.0':
    'The whole conversation is encrypted with AES-256-GCM under a fresh key for each message, and that key is ' +
    'sealed to the router’s RSA key. The answer comes back the same way, sealed to your key, and at once, not in ' +
    'parts. It is not signed and not bound to its request: who can change traffic on the way can forge one.',
}
const NOT_AGREED = 'With the first message the newest protocol is taken that the router offers.'

/**
 * Shows how the router's key is trusted, what holds with it and what does not, and what the client says of itself: what
 * is overwritten after use, what cannot be, and what is not protected.
 */
export function showProtection(protection: Protection, state: RouterKeyState): void {
  const { protocol, overwritten, notOverwritten, notProtected } = protection
  showGuarantees(protection, state)
  const name = protocol === undefined ? 'Protocol not agreed yet' : `Protocol ${protocol}`
  byId('protocol-fact', HTMLElement).textContent = name
  byId('protocol-title', HTMLElement).textContent = name
  byId('protocol-words', HTMLElement).textContent = protocol === undefined ? NOT_AGREED : WORDS[protocol]
  fill('overwritten', overwritten)
  fill('not-overwritten', notOverwritten)
  fill('not-protected', notProtected)
}

function showGuarantees(protection: Protection, state: RouterKeyState): void {
  const { trust, trustWords, holds, lacks } = guaranteesOf(protection, state)
  const fact = byId('trust-fact', HTMLElement)
  fact.textContent = trust
  fact.dataset['state'] = state
  byId('trust-title', HTMLElement).textContent = trust
  byId('trust-words', HTMLElement).textContent = trustWords
  fill('holds', holds)
  fill('lacks', lacks)
}

function fill(id: string, texts: readonly string[]): void {
  byId(id, HTMLElement).replaceChildren(...texts.map((text) => make('li', '', text)))
}
