import type { KeyStoreWarning, KeyStoreWarningCode } from '@nomyo/client'
import { byId } from './elements.js'

const WORDS: Partial<Record<KeyStoreWarningCode, string>> = {
  storage_unavailable:
    'The browser lets this page store nothing: storage is blocked, out of order, or missing in this window. ' +
    'The chat is encrypted all the same, but your key and the memory of the router’s key last only until ' +
    'this page is closed or reloaded. After that the page trusts whichever key the router shows: compare its ' +
    'fingerprint with the router’s own each time. To keep them, allow this site to store data, and reload ' +
    'the page.',
  keys_not_kept:
    'The browser’s database does not give keys back as they were stored. The chat is encrypted all the ' +
    'same, but your key lasts only until this page is closed or reloaded; then it gets a new one.',
}

/** Says on the page what the browser cannot keep, why, and what that means for the person. */
export function showStorageWarning({ code, message }: KeyStoreWarning): void {
  byId('storage-warning', HTMLElement).textContent = WORDS[code] ?? message
}
