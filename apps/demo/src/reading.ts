/**
 * What the router opened. Nobody but the router can say: the built-in responder does, in its answer, where it names
 * the SHA-256 of the text that it read. Other models say nothing of the kind, and then this does not either.
 */

/** What can be said of it. */
export interface Reading {
  readonly words: string
  readonly state: 'same' | 'different' | 'unknown'
}

const DIGEST = /SHA-256 of its text is ([0-9a-f]{64})/

/** Compares the text that was typed with what the answer says was read. */
export async function readingOf(typed: string, answer: string): Promise<Reading> {
  const read = DIGEST.exec(answer)?.[1]
  if (read === undefined) {
    const words = 'This model does not say what it read. That its answer came back is all that is known here.'
    return { words, state: 'unknown' }
  }
  const own = await sha256(typed)
  const [count] = /\d+ characters?/.exec(answer) ?? ['a text']
  const claim = `The router opened ${count} with the SHA-256 ${read}. It says so itself, in its answer.`
  return read === own
    ? { words: `${claim} This page computes the same from what you typed.`, state: 'same' }
    : { words: `${claim} What you typed has another one: ${own}.`, state: 'different' }
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
