/** What the responder says: the truth about what it read. */
import { subtle } from '@nomyo/core'
import { toHex } from '../../lib/hex.js'
import type { Attachment, Message } from './messages.js'
import { countCodePoints } from './words.js'

/** What was read. */
export interface Reading {
  /** Code points of the last user message. */
  readonly characters: number
  /** All messages. */
  readonly messages: number
  readonly attachments: readonly Attachment[]
  /** Hexadecimal SHA-256 of the last user message's text in UTF-8. */
  readonly sha256: string
}

/** Reads the last user message; where there is none, an empty one. */
export async function read(messages: readonly Message[]): Promise<Reading> {
  const last = lastUserMessage(messages)
  const text = last?.text ?? ''
  return {
    characters: countCodePoints(text),
    messages: messages.length,
    attachments: last?.attachments ?? [],
    sha256: await sha256Hex(new TextEncoder().encode(text)),
  }
}

/** The last message of the user, if there is one. */
export function lastUserMessage(messages: readonly Message[]): Message | undefined {
  return messages.filter(({ role }) => role === 'user').at(-1)
}

/** The reading in words. */
export function inWords({ characters, messages, attachments, sha256 }: Reading): string {
  const kinds = [...new Set(attachments.map(({ kind }) => kind))]
  const held = kinds.map((kind) => describe(attachments.filter((attachment) => attachment.kind === kind)))
  return (
    'I am the embedded responder of the NOMYO router, not a language model. ' +
    `I read ${plural(messages, 'message')}; the last one from the user has ` +
    `${[plural(characters, 'character'), ...held].join(', ')}. ` +
    `The SHA-256 of its text is ${sha256}.`
  )
}

/** The reading as JSON text. */
export function asJSON({ characters, messages, attachments, sha256 }: Reading): string {
  return JSON.stringify({ responder: 'nomyo-embedded', characters, messages, attachments, sha256 })
}

/** Hexadecimal SHA-256. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await subtle().digest('SHA-256', bytes)))
}

function describe(attachments: readonly Attachment[]): string {
  const sizes = attachments.map(({ size }) => (size === undefined ? 'not fetched' : plural(size, 'byte')))
  return `${plural(attachments.length, attachments[0]!.kind)} (${sizes.join(', ')})`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
