/** Reading a password from an open file descriptor, such as 3 in `3< <(pass show nomyo)`. */
import { createReadStream, fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import { usageFailure } from '../failure.js'

/** More bytes than any password has with which keys are encrypted, and a line's end. */
const MAX_BYTES = 4096

/**
 * All that is to be read there, without one trailing line break. `option` is for messages; neither what it was
 * given nor what was read is quoted in them.
 * @throws CommandFailure (usage) if it cannot be read, or holds no password.
 */
export async function readPassword(descriptor: string, option: string): Promise<string> {
  if (!/^\d{1,9}$/.test(descriptor)) {
    throw usageFailure(`${option} takes the number of an open file descriptor, such as 3, not a password.`)
  }
  const fd = Number(descriptor)
  assertReadable(fd, option)
  const bytes = await readAll(fd, option)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const password = text.replace(/\r?\n$/, '')
    if (password === '') throw usageFailure(`${option}: the password read there is empty.`)
    return password
  } catch (error) {
    throw error instanceof TypeError ? usageFailure(`${option}: what is read there is not UTF-8.`) : error
  } finally {
    bytes.fill(0)
  }
}

/** A descriptor that nobody opened may be one of the runtime's own, of which nothing must be read. */
function assertReadable(fd: number, option: string): void {
  if (isatty(fd)) {
    throw usageFailure(`${option}: that is a terminal, which shows what is typed. Leave it out to be asked.`)
  }
  try {
    const stats = fstatSync(fd)
    if (stats.isFile() || stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice()) return
  } catch {
    // Not open.
  }
  throw usageFailure(`${option}: there is no such open file to read a password from.`)
}

async function readAll(fd: number, option: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of createReadStream('', {
      fd,
      autoClose: false,
      highWaterMark: MAX_BYTES,
    }) as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_BYTES) break
    }
    if (length > MAX_BYTES) throw usageFailure(`${option}: more than ${MAX_BYTES} bytes are no password.`)
    return Buffer.concat(chunks)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (typeof code !== 'string' || 'exitCode' in (error as object)) throw error
    throw usageFailure(`${option}: it could not be read (${code}).`)
  } finally {
    for (const chunk of chunks) chunk.fill(0)
  }
}
