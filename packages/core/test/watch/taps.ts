/** Where secrets pass in every test: what WebCrypto is given and gives, and what is sent with a request. */
import { watchFor } from './secrets.ts'

/** Bytes of a plaintext that are looked at. */
const MOST = 64 * 1024
/** Of a private key as DER the first third or so is public: its modulus. */
const PUBLIC_SHARE = 0.4
/** Bytes of a piece of a private key. */
const PIECE = 24

type Method = (...parameters: unknown[]) => Promise<unknown>

/** Stands between the tests and those places. */
export function tapSecrets(): void {
  tap('encrypt', ([algorithm, , plaintext]) => whatIsSaid(nameOf(algorithm), plaintext))
  tap('decrypt', ([algorithm], plaintext) => whatIsSaid(nameOf(algorithm), plaintext))
  tap('importKey', ([format, bytes, algorithm]) => {
    if (format === 'raw' && nameOf(algorithm) === 'PBKDF2') watchFor('password', textOf(bytes))
    if (format === 'pkcs8') privateKey(bytes)
  })
  tap('exportKey', ([format], bytes) => {
    if (format === 'pkcs8') privateKey(bytes)
  })
  tapAuthorization()
}

/** Before the method is called if it needs no result, since its parameters may be overwritten meanwhile. */
function tap(
  name: 'encrypt' | 'decrypt' | 'importKey' | 'exportKey',
  see: (parameters: unknown[], result: unknown) => void,
): void {
  const prototype = (globalThis as { SubtleCrypto?: { prototype: object } }).SubtleCrypto?.prototype
  // Where a page is no secure context.
  if (prototype === undefined) return
  const method = Reflect.get(prototype, name) as Method
  const tapped = async function (this: unknown, ...parameters: unknown[]): Promise<unknown> {
    if (see.length === 1) see(parameters, undefined)
    const result = await method.apply(this, parameters)
    if (see.length > 1) see(parameters, result)
    return result
  }
  Object.defineProperty(prototype, name, {
    value: tapped,
    writable: true,
    configurable: true,
    enumerable: true,
  })
}

/** The texts of prompts and answers in JSON, whole or a part of a stream. */
function whatIsSaid(algorithm: string, plaintext: unknown): void {
  if (algorithm !== 'AES-GCM') return
  const text = textOf(plaintext)
  for (const [, content] of text.matchAll(/"content":"((?:[^"\\]|\\.)+)"/g))
    watchFor('message', parsed(content!))
}

function parsed(content: string): string {
  try {
    return JSON.parse(`"${content}"`) as string
  } catch {
    return content
  }
}

/** Pieces of it, in the three places that base64 may begin in. */
function privateKey(bytes: unknown): void {
  const der = viewOf(bytes)
  if (der === undefined || der.length < 1000) return
  for (const at of [PUBLIC_SHARE, 0.7, 0.9].flatMap((share) =>
    [0, 1, 2].map((shift) => Math.floor(der.length * share) + shift),
  )) {
    const binary = Array.from(der.subarray(at, at + PIECE), (byte) => String.fromCharCode(byte)).join('')
    watchFor('private key', btoa(binary))
  }
}

/** Of requests that are sent and of those that arrive. */
function tapAuthorization(): void {
  const { get } = Headers.prototype
  const see = (value: unknown): void => {
    const key = typeof value === 'string' ? /^Bearer (\S+)$/.exec(value)?.[1] : undefined
    if (key !== undefined) watchFor('API key', key)
  }
  Headers.prototype.get = function (name) {
    const value = get.call(this, name)
    if (String(name).toLowerCase() === 'authorization') see(value)
    return value
  }
  globalThis.fetch = new Proxy(globalThis.fetch, {
    apply(fetch, self, parameters: Parameters<typeof globalThis.fetch>) {
      const headers = parameters[1]?.headers
      if (headers instanceof Headers) see(get.call(headers, 'authorization'))
      else if (headers !== undefined && !Array.isArray(headers)) see(headers['authorization'])
      return Reflect.apply(fetch, self, parameters)
    },
  })
}

function nameOf(algorithm: unknown): string {
  return typeof algorithm === 'string' ? algorithm : String((algorithm as { name?: unknown } | null)?.name)
}

function viewOf(bytes: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : undefined
}

function textOf(bytes: unknown): string {
  return new TextDecoder().decode(viewOf(bytes)?.subarray(0, MOST))
}
