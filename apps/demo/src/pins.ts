/**
 * The router keys that the address of this page pins: `?pin=sha256/…`, once for each. In the address, so that a
 * bookmark holds them, and nothing else that was stored decides.
 */
import { ValidationError } from '@nomyo/client'
import { parseFingerprint } from '@nomyo/core'

const PIN = 'pin'

/**
 * The pinned keys; undefined if the page trusts on first use.
 * @throws ValidationError if one of them is no fingerprint: then it is not known which key is meant.
 */
export function pinsOfAddress(): readonly string[] | undefined {
  const pins = new URLSearchParams(location.search).getAll(PIN)
  // In a query a plus stands for a space, and base64 has pluses.
  return pins.length === 0 ? undefined : pins.map((pin) => parseFingerprint(pin.replaceAll(' ', '+')))
}

/** The address of this page with that pin. @throws ValidationError if it is no fingerprint. */
export function addressWithPin(fingerprint: string): string {
  const address = new URL(location.href)
  address.searchParams.set(PIN, parseFingerprint(fingerprint))
  return address.href
}

/** The address of this page without any. */
export function addressWithoutPins(): string {
  const address = new URL(location.href)
  address.searchParams.delete(PIN)
  return address.href
}

/** What to say to whoever opens an address with a pin that is none; undefined for any other error. */
export function wordsOfWrongPin(error: unknown): string | undefined {
  if (!ValidationError.isInstance(error)) return undefined
  return `The address of this page holds a pin that is no fingerprint, so nothing is sent. ${error.message}`
}
