import type { Protection } from '@nomyo/client'

/**
 * What protects a conversation, in one line. `start` is when the command began, in ms since 1970: a key that was
 * not known then is trusted unseen.
 */
export function protectionLine({ protocol, transport, serverKey }: Protection, start: number): string {
  const fingerprint = serverKey.fingerprint ?? 'unknown'
  return [
    `End-to-end encrypted: protocol ${protocol ?? 'unknown'} over ${transport}`,
    ...(protocol === '1.0' ? ['answers not bound to questions'] : []),
    `router key ${fingerprint}, ${trustIn(serverKey, start)}`,
  ].join('; ')
}

function trustIn({ trust, firstSeen }: Protection['serverKey'], start: number): string {
  if (trust === 'pinned') return 'pinned'
  if (firstSeen === undefined || firstSeen >= start) return 'seen for the first time, not compared'
  return `known since ${new Date(firstSeen).toISOString().slice(0, 10)}`
}
