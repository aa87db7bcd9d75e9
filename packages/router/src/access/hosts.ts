/** Which host names the router answers to: the defence against DNS rebinding. */

const HOST = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?$/i

/** A host, lower case, with its port if it names one. */
interface Host {
  readonly name: string
  readonly port: string | undefined
}

/**
 * The Host header, or the URL's host where a runtime does not show that header. Not validated.
 */
export function hostOf(request: Request): string {
  return request.headers.get('host') ?? new URL(request.url).host
}

/** The names that a router answers to. */
export class Hosts {
  readonly #allowed: readonly Host[]

  /** @throws TypeError for an entry that is not a host name or `host:port`. */
  constructor(allowed: readonly string[]) {
    this.#allowed = allowed.map((entry) => {
      const host = parseHost(entry)
      if (host === undefined)
        throw new TypeError('allowedHosts must hold names such as localhost or [::1]:8080.')
      return host
    })
  }

  /** Whether `host` is listed: by name with any port, or with exactly the port that the entry names. */
  includes(host: string): boolean {
    const asked = parseHost(host)
    return this.#allowed.some(
      ({ name, port }) => name === asked?.name && (port === undefined || port === asked.port),
    )
  }
}

/**
 * Whether a request's Host header names one of `allowedHosts`, exactly as `createRouter` takes the option of that
 * name: for what a program serves beside the router.
 * @throws TypeError for an entry that is not a host name or `host:port`.
 */
export function isAllowedHost(request: Request, allowedHosts: readonly string[]): boolean {
  return new Hosts(allowedHosts).includes(hostOf(request))
}

function parseHost(text: unknown): Host | undefined {
  const match = typeof text === 'string' ? HOST.exec(text) : null
  return match === null ? undefined : { name: match[1]!.toLowerCase().replace(/\.$/, ''), port: match[2] }
}
