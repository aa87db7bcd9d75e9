/** This machine's clock beside the router's. */
import { ok, problem, warning, type Finding } from './finding.js'

const SECOND = 1000
/** Seconds from which it is worth a look. `Date` says whole seconds, and an answer takes its time. */
const NOTICEABLE = 60
/** Seconds from which a router with protocol 2.0 refuses an envelope. */
const REFUSED = 300

const SETTING_IT: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'sudo timedatectl set-ntp true',
  darwin: 'sudo sntp -sS time.apple.com',
  win32: 'w32tm /resync',
}

/** A fetch that remembers what the `Date` of an answer says. */
export class ClockWatch {
  /** ms by which the router is ahead. */
  #offset: number | undefined

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const before = Date.now()
    const response = await globalThis.fetch(input, init)
    const date = Date.parse(response.headers.get('date') ?? '')
    // In the middle of that second, beside the middle of the wait.
    if (!Number.isNaN(date)) this.#offset = date + SECOND / 2 - (before + Date.now()) / 2
    return response
  }

  /** What is to be said of it. */
  finding(): Finding {
    return clockFinding(this.#offset)
  }
}

/** Of an offset in ms. */
export function clockFinding(offset: number | undefined): Finding {
  const check = 'clock'
  if (offset === undefined) {
    return warning(check, 'The router says no time, so that the clock was not compared.', 'Look: date -u')
  }
  const seconds = Math.round(Math.abs(offset) / SECOND)
  if (seconds < NOTICEABLE) return ok(check, 'This clock and the router’s agree.')
  const message = `This clock is ${seconds} s ${offset > 0 ? 'behind' : 'ahead of'} the router’s`
  const mend = SETTING_IT[process.platform] ?? 'Set the clock.'
  if (seconds < REFUSED) return warning(check, `${message}.`, mend)
  return problem(check, `${message}: more than ${REFUSED} s are refused over protocol 2.0.`, mend)
}
