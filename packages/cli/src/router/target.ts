/** What a request asks for. */

/**
 * The path of a request; undefined if its Host header and target make no URL, as `localhost:99999` does: srvx
 * hands such requests on, and throws when they are asked for their URL.
 */
export function pathOf(request: Request): string | undefined {
  try {
    return new URL(request.url).pathname
  } catch {
    return undefined
  }
}
