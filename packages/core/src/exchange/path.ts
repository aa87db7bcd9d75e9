/** Which paths may travel inside a sealed request. */

/** `/v1/../x`, its encoded forms and `/v1/..;/x`, which a server may read as another path than we do. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=[/?;]|%3b|$)/i
/** Visible ASCII from `/`, without what would end or escape the path. */
const ORIGIN_FORM = /^\/(?!\/)[\x21\x24-\x5b\x5d-\x7e\x22]*$/

/**
 * Whether a path is in origin form (RFC 9112 section 3.2.1) and means the same to everybody: no `//`, `\`, `#`,
 * control bytes, encoded slashes, or dot segments, raw or encoded.
 */
export function isOriginForm(path: string): boolean {
  const [pathname = ''] = path.split('?', 1)
  return (
    path.length <= 8192 &&
    ORIGIN_FORM.test(path) &&
    !pathname.includes('//') &&
    !/%(?:2f|5c|0|1|7f)/i.test(pathname) &&
    !DOT_SEGMENT.test(pathname)
  )
}

/**
 * Whether the part of `path` before `?` is one of `allowed`, or extends one that ends in `/*`.
 * @param allowed - such as `/v1/chat/completions` and `/v1/files/*`.
 */
export function isAllowedPath(path: string, allowed: readonly string[]): boolean {
  const [pathname = ''] = path.split('?', 1)
  return (
    isOriginForm(path) &&
    allowed.some((entry) =>
      entry.endsWith('/*')
        ? pathname.startsWith(entry.slice(0, -1)) && pathname.length >= entry.length
        : pathname === entry,
    )
  )
}
