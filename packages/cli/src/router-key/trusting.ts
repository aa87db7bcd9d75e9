/** `nomyo trust`. */
import { parseFingerprint, SecurityError, type RouterTrust } from '@nomyo/core'
import type { GivenOptions } from '../arguments.js'
import { CommandFailure, usageFailure } from '../failure.js'
import { storeOf } from '../keys/key-command.js'
import { DEFAULTS } from '../keys/options.js'
import { notice, warn } from '../terminal/notices.js'
import { printJson, printLines } from '../terminal/output.js'
import { askWhether, canAsk } from '../terminal/questions.js'
import { clientFor, hexOf, presentedKey, type PresentedKey, type RouterAddress } from './presented.js'

/** How a router comes to be trusted. */
export interface TrustSettings {
  readonly address: RouterAddress
  readonly dir: string
  readonly environment: string
  /** Canonical: the one that the router must present. Undefined: somebody is asked. */
  readonly expected: string | undefined
  readonly json: boolean
}

/** @throws CommandFailure (usage) if there is neither a fingerprint nor somebody who can be asked. */
export function trustSettings(options: GivenOptions): TrustSettings {
  const given = options.text('fingerprint')
  const json = options.flag('json')
  if (given === undefined && (json || !canAsk())) {
    throw usageFailure(
      'Nobody can be asked here: say --fingerprint sha256/…, as the router’s operator gives it over another channel.',
    )
  }
  return {
    address: { url: options.text('url') ?? '', allowHttp: options.flag('allow-http') },
    dir: options.text('key-dir') ?? DEFAULTS.dir,
    environment: options.text('environment') ?? DEFAULTS.environment,
    expected: given === undefined ? undefined : parseFingerprint(given),
    json,
  }
}

/** Remembers the key that a router presents, if it is the expected one, or somebody says so. */
export async function trustRouter(settings: TrustSettings): Promise<void> {
  const store = storeOf(settings)
  const presented = await presentedKey(settings.address)
  const known = await store.get(presented.baseURL)
  const { fingerprint } = presented
  const isKnown = known?.fingerprints.includes(fingerprint) ?? false
  await assertRight(settings, presented, known)
  if (!isKnown) await clientFor(settings.address, store).trustServerKey(fingerprint)
  const remembered = (await store.get(presented.baseURL)) ?? known
  await tell(settings, presented, known, remembered, isKnown)
}

/** @throws SecurityError `server_key_mismatch`, or CommandFailure if the answer is no. */
async function assertRight(
  { expected }: TrustSettings,
  { baseURL, fingerprint }: PresentedKey,
  known: RouterTrust | undefined,
): Promise<void> {
  if (expected !== undefined) {
    if (expected === fingerprint) return
    throw new SecurityError(
      'server_key_mismatch',
      `${baseURL} presents the key ${fingerprint}, not ${expected}. Nothing was stored.`,
    )
  }
  notice(
    [`${baseURL} presents the key`, `  ${fingerprint}`, `  ${hexOf(fingerprint)}`, ...memoryOf(known)].join(
      '\n',
    ),
  )
  if (known?.fingerprints.includes(fingerprint)) return
  if (known !== undefined) {
    warn(
      'The key has changed. Somebody may stand between you and the router: ask its operator before you say yes.',
    )
  }
  if (await askWhether('Has the router’s operator confirmed this fingerprint over another channel?')) return
  throw new CommandFailure('Not trusted. Nothing was stored.')
}

function memoryOf(known: RouterTrust | undefined): readonly string[] {
  if (known === undefined) return ['Nothing is remembered of this router.']
  return ['Remembered is', ...known.fingerprints.map((one) => `  ${one} since ${timeOf(known)}`)]
}

async function tell(
  { json }: TrustSettings,
  { baseURL, fingerprint }: PresentedKey,
  before: RouterTrust | undefined,
  remembered: RouterTrust | undefined,
  isKnown: boolean,
): Promise<void> {
  const since = timeOf(remembered)
  const replaced = isKnown ? [] : (before?.fingerprints ?? [])
  if (json) return printJson({ url: baseURL, fingerprint, trustedSince: since, changed: !isKnown, replaced })
  await printLines([
    isKnown ? `${baseURL} is trusted already, since ${since}.` : `${baseURL} is trusted from now on.`,
    `  ${fingerprint}`,
  ])
}

function timeOf(trust: RouterTrust | undefined): string | null {
  const date = new Date(trust?.firstSeen ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
