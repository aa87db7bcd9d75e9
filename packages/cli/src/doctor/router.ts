/** The router: whether it can be reached, whose key it presents, and what it speaks. */
import { NomyoError, SecurityError, ValidationError, type TrustStore } from '@nomyo/client'
import { commandLine, shellQuoted, storeOf, type KeyCommand } from '../keys/key-command.js'
import { presentedKey, type PresentedKey, type RouterAddress } from '../router-key/presented.js'
import { ClockWatch } from './clock.js'
import { ok, problem, warning, type Finding } from './finding.js'
import { isLoopback } from './loopback.js'
import { offeredVersions } from './versions.js'

/** ms for each of the router's answers. */
const TIMEOUT = 10_000
const CHECK = 'router'

/** What is expected of a router. */
export interface RouterCheck {
  readonly address: RouterAddress
  /** Canonical; none: what is remembered counts. */
  readonly pins: readonly string[]
  readonly keys: KeyCommand
}

/** Asks the router, without an API key, and trusts and stores nothing. */
export async function routerFindings(check: RouterCheck): Promise<readonly Finding[]> {
  const { address } = check
  const clock = new ClockWatch()
  try {
    const presented = await presentedKey(address, { fetch: clock.fetch, timeout: TIMEOUT })
    return [
      ok(CHECK, `${presented.baseURL} answers.`),
      transport(address),
      ...(await trustFindings(check, presented)),
      protocol(await offeredVersions(presented, TIMEOUT)),
      clock.finding(),
    ]
  } catch (error) {
    if (!NomyoError.isInstance(error) || ValidationError.isInstance(error)) throw error
    return [unreachable(error, address)]
  }
}

function unreachable(error: NomyoError, { url }: RouterAddress): Finding {
  const mends: Readonly<Record<string, string>> = {
    insecure_transport: 'Use https:, or, for local development only, say --allow-http.',
    certificate_checks_disabled: 'unset NODE_TLS_REJECT_UNAUTHORIZED',
  }
  const mend = mends[error.code] ?? 'See that the address is right (NOMYO_BASE_URL), and the router runs.'
  const subject = SecurityError.isInstance(error) ? '' : `${shownAddress(url)} cannot be asked. `
  return problem(CHECK, `${subject}${error.message}`, mend)
}

/** Without what may be secret in it. */
export function shownAddress(url: string): string {
  if (!URL.canParse(url)) return ''
  const { origin, pathname } = new URL(url)
  return origin + pathname.replace(/\/+$/, '')
}

function transport({ url }: RouterAddress): Finding {
  if (/^https:/i.test(url)) return ok('transport', 'https:, and its certificate is valid.')
  const place = new URL(url)
  if (isLoopback(place)) return ok('transport', 'http:, on this machine.')
  const message = 'http: anybody on the way reads the API key, and can replace the router’s key.'
  return warning('transport', message, `Use https://${place.hostname}`)
}

async function trustFindings(check: RouterCheck, presented: PresentedKey): Promise<readonly Finding[]> {
  const { pins, keys } = check
  const { fingerprint, baseURL } = presented
  const what = `The router’s key is ${fingerprint}`
  if (pins.includes(fingerprint)) return [ok('router key', `${what}, which is pinned.`)]
  if (pins.length > 0) {
    const mend = 'Ask the router’s operator over another channel, and pin what he confirms.'
    return [problem('router key', `${what}, which is not the pinned one.`, mend)]
  }
  try {
    return [remembered(check, presented, await storeOf(keys).get(baseURL), what)]
  } catch (error) {
    if (!NomyoError.isInstance(error)) throw error
    const mend = /(?:chmod|chown) .+$/s.exec(error.message)?.[0]
    return [problem('router key', error.message, mend ?? 'Put a backup in its place, or move the file away.')]
  }
}

function remembered(
  { keys, address }: RouterCheck,
  { fingerprint, protocol: spoken }: PresentedKey,
  known: Awaited<ReturnType<TrustStore['get']>>,
  what: string,
): Finding {
  const flag = address.allowHttp ? ' --allow-http' : ''
  const trust = commandLine(keys, `trust ${shellQuoted(address.url)} --fingerprint ${fingerprint}${flag}`)
  const mend = `When the router’s operator has confirmed it over another channel: ${trust}`
  if (known === undefined) return warning('router key', `${what}, which is not known yet.`, mend)
  const since = new Date(known.firstSeen).toISOString().slice(0, 10)
  if (!known.fingerprints.includes(fingerprint)) {
    const others = known.fingerprints.join(', ')
    return problem('router key', `${what}, but remembered since ${since} is ${others}.`, mend)
  }
  if (known.highestProtocol === '2.0' && spoken === '1.0') {
    const message = `${what}, but it has spoken protocol 2.0 and does not offer it now: somebody may be in between.`
    return problem('router key', message, 'Ask the router’s operator.')
  }
  return ok('router key', `${what}, known since ${since}.`)
}

function protocol(versions: readonly string[]): Finding {
  const message = `It offers protocol ${versions.join(' and ')}.`
  if (versions.includes('2.0')) return ok('protocol', message)
  const missing = 'Answers are not bound to their questions, and do not stream.'
  return warning('protocol', `${message} ${missing}`, 'Ask the router’s operator for protocol 2.0.')
}
