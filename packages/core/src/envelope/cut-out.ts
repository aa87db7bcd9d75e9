import { base64Size, readBase64 } from '../lib/base64.js'
import { concat, utf8, type Bytes } from '../lib/bytes.js'

/** A large string of base64 that was taken out of JSON text. */
export interface CutOut {
  /** The text with the mark between the quotes instead. */
  readonly rest: Bytes
  /** No base64, and nothing that whoever wrote the text can have known. */
  readonly mark: string
  /** What the string stands for, and room behind it. */
  readonly bytes: Bytes
}

/** Characters from which a string is large. */
const LARGE = 64 * 1024
const QUOTE = 0x22

/** Quotes that are passed on the way to it from either end: an envelope has fewer. */
const MAX_QUOTES = 256

/**
 * Takes the one large string out of JSON text that is little else, if it is canonical base64: as text, and again as a
 * part of the parsed text, it would take memory and time. Undefined means that there is none, and the text has to be
 * read as a whole. Between two quotes stands a string, or something with a character that base64 has not, such as a
 * colon: nothing else can be taken for one.
 */
export function cutOut(json: Uint8Array, room: number): CutOut | undefined {
  if (json.length < LARGE) return undefined
  const [start, end] = [startOfLarge(json), endOfLarge(json)]
  if (start === undefined || end === undefined || end - start < LARGE) return undefined
  const base64 = json.subarray(start, end)
  const size = base64Size(base64)
  if (size === undefined) return undefined
  const bytes = new Uint8Array(size + room)
  // Where there are two large strings, there are quotes in it.
  if (!readBase64(bytes.subarray(0, size), base64)) return undefined
  const mark = crypto.randomUUID()
  return { rest: concat(json.subarray(0, start), utf8(mark), json.subarray(end)), mark, bytes }
}

/** The first place behind a quote from which on there is none for long. */
function startOfLarge(json: Uint8Array): number | undefined {
  let start = json.indexOf(QUOTE) + 1
  for (let i = 0; i < MAX_QUOTES; i++) {
    const length = json.subarray(start, start + LARGE).indexOf(QUOTE)
    if (length === -1) return start
    start += length + 1
  }
  return undefined
}

/** The last place of a quote before which there is none for long. */
function endOfLarge(json: Uint8Array): number | undefined {
  let end = json.lastIndexOf(QUOTE)
  for (let i = 0; i < MAX_QUOTES && end >= LARGE; i++) {
    const before = json.subarray(end - LARGE, end).lastIndexOf(QUOTE)
    if (before === -1) return end
    end += before - LARGE
  }
  return undefined
}
