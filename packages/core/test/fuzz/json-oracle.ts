/** What a document holds, read in another way than core does, to say what core must have made of it. */
import { isUtf8 } from 'node:buffer'

/** A JSON object that may be accepted. */
export interface Document {
  readonly value: Readonly<Record<string, unknown>>
  /** Whether it is so small and plain that no limit can be a reason to refuse it. */
  readonly isPlain: boolean
}

/** The object in `bytes`; undefined for what must be refused whatever it says. */
export function readDocument(bytes: Uint8Array): Document | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = Buffer.from(bytes).toString('utf8')
  const value = parse(text)
  if (!isObject(value) || hasProto(value)) return undefined
  const opened = text.match(/[{[]/g)?.length ?? 0
  const commas = text.match(/,/g)?.length ?? 0
  const isPlain = opened <= 4 && commas <= 40 && !text.includes('__proto__') && !text.includes('\\')
  return { value, isPlain }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether the value has, somewhere in it, a key `__proto__`. */
export function hasProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => key === '__proto__' || hasProto(inner))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const SEPARATORS = new Set(`()<>@,;:\\"/[]?={}`)
const CONNECTION = [
  ...['authorization', 'cookie', 'connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['host', 'content-length', 'expect'],
]

/** Whether it is an object of headers as they travel inside messages. */
export function areHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.entries(value).every(([name, text]) => isName(name) && isText(text))
}

/** Whether a header must not travel inside a request. */
export function staysOutside(name: string): boolean {
  return CONNECTION.includes(name) || name.startsWith('proxy-')
}

function isName(name: string): boolean {
  const isTokenChar = (char: string): boolean =>
    char > ' ' && char < '\x7f' && !SEPARATORS.has(char) && !(char >= 'A' && char <= 'Z')
  if (name === '__proto__') return false
  return name.length > 0 && name.length <= 128 && [...name].every(isTokenChar)
}

function isText(text: unknown): boolean {
  if (typeof text !== 'string' || text.length > 8192) return false
  return [...text].every((char) => char === '\t' || (char >= ' ' && char <= '\xff' && char !== '\x7f'))
}
