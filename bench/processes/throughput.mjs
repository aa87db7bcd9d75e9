/**
 * Plaintext through seal and open of an answer, both ends in this process, with frames of 64 KiB. Prints the MB/s of
 * each round as JSON.
 */
import { generateKeyPair } from '@nomyo/core'
import { openRequest, sealRequest } from '@nomyo/core/exchange'

const MEGABYTES = 60
const PIECE = 65_533
const keys = await generateKeyPair()
const piece = new Uint8Array(PIECE).fill(97)
const context = { payloadID: crypto.randomUUID(), tier: undefined, authorization: undefined }
const request = { method: 'POST', path: '/v1/chat/completions', headers: {}, body: new Uint8Array(1) }
const meta = {
  status: 200,
  headers: {},
  payload_id: context.payloadID,
  caps_hash: 'A'.repeat(43) + '=',
  t: 0,
}

async function round() {
  const sealed = await sealRequest(request, keys.publicKey, context)
  const opened = await openRequest(sealed.bytes, keys, context)
  const count = Math.ceil((MEGABYTES * 1e6) / PIECE)
  let i = -1
  const parts = new ReadableStream({
    pull(controller) {
      if (i === count) return controller.close()
      controller.enqueue(
        i < 0 ? { kind: 'meta', meta } : { kind: 'data', bytes: piece, isFinal: i === count - 1 },
      )
      i++
    },
  })
  const start = performance.now()
  let bytes = 0
  for await (const part of parts.pipeThrough(opened.sealResponse()).pipeThrough(sealed.openResponse())) {
    if (part.kind === 'data') bytes += part.bytes.length
  }
  if (bytes !== count * PIECE) throw new Error('Not all of it arrived.')
  return bytes / 1e6 / ((performance.now() - start) / 1000)
}

const rounds = []
for (let i = 0; i < 5; i++) rounds.push(await round())
console.log(JSON.stringify(rounds))
