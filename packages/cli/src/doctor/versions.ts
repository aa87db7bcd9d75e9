/** Which versions of the protocol a router lists. */
import { CAPABILITIES_PATH, MAX_CAPABILITIES_BYTES, parseCapabilities } from '@nomyo/core/exchange'
import type { PresentedKey } from '../router-key/presented.js'

/** All that it lists, if that can be read; else the one that a client speaks with it. */
export async function offeredVersions(
  { baseURL, protocol = '1.0' }: PresentedKey,
  timeout: number,
): Promise<readonly string[]> {
  if (protocol === '1.0') return [protocol]
  try {
    const signal = AbortSignal.timeout(timeout)
    const response = await fetch(baseURL + CAPABILITIES_PATH, { redirect: 'error', signal })
    return (await parseCapabilities(await readUpTo(response, MAX_CAPABILITIES_BYTES))).versions
  } catch {
    return [protocol] // it was there a moment ago: that is what is known
  }
}

async function readUpTo({ body }: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > limit) throw new RangeError('too long')
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
