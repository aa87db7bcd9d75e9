/** A man in the middle, inside this page: he stands where the network is, and has what anybody on the way has. */

/** A request as the client hands it to the network, already sealed. */
export interface OutgoingRequest {
  readonly url: string
  readonly init: RequestInit
}

/** Passes a request on, or does something else with it. */
export type Middle = (request: OutgoingRequest, pass: typeof passOn) => Promise<Response>

/** Gives the request to the real network, as it is. */
export function passOn({ url, init }: OutgoingRequest): Promise<Response> {
  return fetch(url, init)
}

/** A `fetch` for a client, with him in it. */
export function fetchThrough(middle: Middle): typeof fetch {
  return (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input)
    return middle({ url, init }, passOn)
  }
}

/** Whether the request carries a sealed message, and is not one for the router's key. */
export function isSealed({ init }: OutgoingRequest): boolean {
  return init.method === 'POST'
}

/** The answer with other bytes in it. */
export async function withBytes(
  response: Response,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const { status, headers } = response
  const bytes = change(new Uint8Array(await response.arrayBuffer()))
  const changed = new Headers(headers)
  changed.delete('content-length')
  return new Response(bytes, { status, headers: changed })
}
