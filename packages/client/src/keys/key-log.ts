/** What happens to our own key, in lines of the log. */
import { NomyoError, type KeyEvent } from '@nomyo/core'
import type { Logger } from '../options/logger.js'

const DAY = 24 * 60 * 60 * 1000

/** Writes one line for an event. */
export function logKeyEvent(logger: Logger, event: KeyEvent): void {
  switch (event.type) {
    case 'generating':
      return logger.info('Generating an RSA-4096 key pair.')
    case 'expiring':
      return logger.warn(expiryWords(event))
    case 'rotated':
      return logger.info(`Our key was rotated: ${event.previous} gave way to ${event.fingerprint}.`)
    case 'rotation_failed':
      return logger.error(
        `Our key ${event.fingerprint} has expired and could not be replaced: it is used on. ${wordsOf(event.error)}`,
      )
    case 'cleanup_failed':
      return logger.warn(`Our previous key could not be deleted. ${wordsOf(event.error)}`)
  }
}

function expiryWords({ fingerprint, expiresAt, automatic }: KeyEvent & { type: 'expiring' }): string {
  const day = new Date(expiresAt).toISOString().slice(0, 10)
  const isOver = Date.now() >= expiresAt
  const left = Math.ceil((expiresAt - Date.now()) / DAY)
  const when = isOver ? `has expired on ${day}` : `expires on ${day}, in ${left} day${left === 1 ? '' : 's'}`
  const what = automatic
    ? 'It is replaced on its next use after that.'
    : 'Replace it, such as with rotateKeys().'
  return `Our key ${fingerprint} ${when}. ${what}`
}

/** Only errors of ours are known to hold no secret. */
function wordsOf(error: unknown): string {
  return NomyoError.isInstance(error) ? error.message : 'keyStore does not say why.'
}
