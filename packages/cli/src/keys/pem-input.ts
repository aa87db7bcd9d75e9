import { createReadStream } from 'node:fs'
import { CommandFailure } from '../failure.js'

/** The most bytes that are read: an RSA-8192 key takes a tenth. */
const MAX_BYTES = 64 * 1024

/**
 * The bytes of a file, or of standard input for `-`. The caller owns them and should overwrite them.
 * @throws CommandFailure if it cannot be read, or is larger than any key.
 */
export async function readPem(file: string): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    const source = file === '-' ? process.stdin : createReadStream(file)
    for await (const chunk of source as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_BYTES)
        throw new CommandFailure(`${nameOf(file)} has more than ${MAX_BYTES} bytes: that is no key.`)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new CommandFailure(`${nameOf(file)} could not be read (${code}).`)
  } finally {
    for (const chunk of chunks) chunk.fill(0)
  }
}

function nameOf(file: string): string {
  return file === '-' ? 'Standard input' : file
}
