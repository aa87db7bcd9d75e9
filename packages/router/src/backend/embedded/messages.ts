/** Reading the messages of a chat completion request. */
import { isJsonObject, type JsonObject } from '@nomyo/core'
import { InvalidRequest } from './invalid-request.js'
import { countWords } from './words.js'

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function']

/** Something besides text. */
export interface Attachment {
  readonly kind: 'image' | 'audio clip' | 'file'
  /** Bytes; undefined if it is only named, by a URL or an id. */
  readonly size: number | undefined
}

/** One message. */
export interface Message {
  readonly role: string
  /** Its text parts, joined by line feeds. */
  readonly text: string
  readonly attachments: readonly Attachment[]
}

/** @throws InvalidRequest naming the field that is wrong. */
export function readMessages(value: unknown): readonly Message[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidRequest('messages must be a list of at least one message.', 'messages')
  }
  return value.map((message: unknown, i) => readMessage(message, `messages[${i}]`))
}

/** The words of all texts. */
export function countMessageWords(messages: readonly Message[]): number {
  return messages.reduce((sum, { text }) => sum + countWords(text), 0)
}

function readMessage(message: unknown, param: string): Message {
  if (!isJsonObject(message)) throw new InvalidRequest('A message must be an object.', param)
  const { role, content } = message
  if (typeof role !== 'string' || !ROLES.includes(role)) {
    throw new InvalidRequest(`A message’s role must be one of ${ROLES.join(', ')}.`, `${param}.role`)
  }
  if (typeof content === 'string') return { role, text: content, attachments: [] }
  if (Array.isArray(content)) return { role, ...readParts(content, `${param}.content`) }
  if (role === 'assistant' && (content === null || content === undefined))
    return { role, text: '', attachments: [] }
  throw new InvalidRequest('A message’s content must be a string or a list of parts.', `${param}.content`)
}

function readParts(parts: readonly unknown[], param: string): Omit<Message, 'role'> {
  const texts: string[] = []
  const attachments: Attachment[] = []
  for (const [i, part] of parts.entries()) {
    const read = isJsonObject(part) ? (textOf(part) ?? attachmentOf(part)) : undefined
    if (read === undefined) throw new InvalidRequest('This content part is not known.', `${param}[${i}]`)
    if (typeof read === 'string') texts.push(read)
    else attachments.push(read)
  }
  return { text: texts.join('\n'), attachments }
}

function textOf(part: JsonObject): string | undefined {
  const text =
    part['type'] === 'text' ? part['text'] : part['type'] === 'refusal' ? part['refusal'] : undefined
  return typeof text === 'string' ? text : undefined
}

function attachmentOf(part: JsonObject): Attachment | undefined {
  const held = part[String(part['type'])]
  if (!isJsonObject(held)) return undefined
  if (part['type'] === 'image_url' && typeof held['url'] === 'string') {
    return { kind: 'image', size: dataURLSize(held['url']) }
  }
  if (part['type'] === 'input_audio' && typeof held['data'] === 'string') {
    return { kind: 'audio clip', size: base64Size(held['data']) }
  }
  if (part['type'] !== 'file') return undefined
  const data = held['file_data']
  return {
    kind: 'file',
    size: typeof data === 'string' ? (dataURLSize(data) ?? base64Size(data)) : undefined,
  }
}

/** The bytes in a `data:` URL (RFC 2397), or undefined for any other. */
function dataURLSize(url: string): number | undefined {
  const comma = url.indexOf(',')
  if (!/^data:/i.test(url) || comma === -1) return undefined
  const data = url.slice(comma + 1)
  if (/;base64$/i.test(url.slice(0, comma))) return base64Size(data)
  return data.length - 2 * (data.split('%').length - 1)
}

function base64Size(text: string): number {
  const digits = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length
  return Math.floor((digits * 3) / 4)
}
