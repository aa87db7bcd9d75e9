/** Files that go along with a question. */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { ChatCompletionContentPart, ChatCompletionUserMessageParam } from '@nomyo/client'
import { MAX_PLAINTEXT_BYTES } from '@nomyo/core'
import { CommandFailure, usageFailure } from '../failure.js'

/** What is sent of a file. */
export type Attachment =
  | { readonly kind: 'text'; readonly name: string; readonly text: string }
  | { readonly kind: 'image'; readonly url: string }

type Content = ChatCompletionUserMessageParam['content']

/** How the formats begin that models read. */
const IMAGES: readonly (readonly [type: string, beginning: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xFF\xD8\xFF/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
]
const LONGEST_BEGINNING = 12
const MIB = 1024 * 1024

/**
 * Reads files, `-` being standard input: images become data URLs, so that nobody has to fetch them; everything else
 * must be text.
 * @throws CommandFailure (usage) for what cannot be read, is too large, or is neither.
 */
export async function readAttachments(paths: readonly string[]): Promise<readonly Attachment[]> {
  const attachments: Attachment[] = []
  for (const path of paths) attachments.push(attachmentOf(path, await readInput(path)))
  return attachments
}

/** All bytes of a file, or of standard input for `-`. @throws as `readAttachments`. */
export async function readInput(path: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    const stream = path === '-' ? process.stdin : createReadStream(path)
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_PLAINTEXT_BYTES) throw tooLarge(path)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof CommandFailure || typeof code !== 'string') throw error
    throw usageFailure(`${inWords(path)} cannot be read: ${REASONS[code] ?? code}.`)
  }
  return Buffer.concat(chunks)
}

/** The text that bytes are; undefined if they are not UTF-8, or hold a NUL, as no text does. */
export function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

/** A question with what is attached to it: one text if there is no image, since not every server takes parts. */
export function contentOf(question: string, attachments: readonly Attachment[]): Content {
  const texts = attachments.flatMap((one) => (one.kind === 'text' ? [`File ${one.name}:\n${one.text}`] : []))
  const images = attachments.flatMap((one) => (one.kind === 'image' ? [one.url] : []))
  const text = [question, ...texts].join('\n\n')
  if (images.length === 0) return text
  const parts = images.map((url): ChatCompletionContentPart => ({ type: 'image_url', image_url: { url } }))
  return [{ type: 'text', text }, ...parts]
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it is not this user’s to read',
  EISDIR: 'it is a directory',
}

function attachmentOf(path: string, bytes: Buffer): Attachment {
  const beginning = bytes.toString('latin1', 0, LONGEST_BEGINNING)
  const [type] = IMAGES.find(([, pattern]) => pattern.test(beginning)) ?? []
  if (type !== undefined) {
    // Base64 makes four characters of three bytes.
    if ((bytes.length / 3) * 4 > MAX_PLAINTEXT_BYTES) throw tooLarge(path)
    return { kind: 'image', url: `data:${type};base64,${bytes.toString('base64')}` }
  }
  const text = textOf(bytes)
  if (text !== undefined)
    return { kind: 'text', name: path === '-' ? 'from standard input' : basename(path), text }
  throw usageFailure(
    `${inWords(path)} is neither an image (PNG, JPEG, GIF, WebP) nor text in UTF-8: it cannot be attached.`,
  )
}

function inWords(path: string): string {
  return path === '-' ? 'Standard input' : path
}

function tooLarge(path: string): CommandFailure {
  return usageFailure(
    `${inWords(path)} is too large: a request has at most ${MAX_PLAINTEXT_BYTES / MIB} MiB of JSON, in which an image takes ` +
      'a third more than its file.',
  )
}
