/** A fetch over https: that trusts one certificate more: the global one takes none after the start of the process. */
import { request } from 'node:https'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'

/** Trusts `ca`, in PEM, alone. */
export function fetchTrusting(ca: string): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init)
    const body = Buffer.from(await asked.arrayBuffer())
    return new Promise((resolve, reject) => {
      const { method, headers, signal } = asked
      const options = { method, headers: Object.fromEntries(headers), signal, ca, agent: false }
      const sent = request(asked.url, options, (incoming) => {
        const given = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])
        const stream = Readable.toWeb(incoming) as NodeStream<Uint8Array> as unknown as ReadableStream
        resolve(new Response(stream, { status: incoming.statusCode!, headers: given as [string, string][] }))
      })
      sent.once('error', reject)
      sent.end(body)
    })
  }
}
