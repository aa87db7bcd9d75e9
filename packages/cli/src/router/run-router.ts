/** `nomyo router`: key, backend, listeners, the round trip, and a clean end. */
import type { KeyPair } from '@nomyo/core'
import { createRouter, embeddedBackend, openAIBackend, type ReplayStore } from '@nomyo/router'
import { usageFailure } from '../failure.js'
import { keysInDirectory } from './keys-in-directory.js'
import { keysInEnvironment } from './keys-in-environment.js'
import type { KeySource } from './key-source.js'
import { listen, type Listeners } from './listen.js'
import { openReplayStore, PATIENCE } from './replay-store.js'
import { requestLog } from './request-log.js'
import { firstModel, roundTrip } from './round-trip.js'
import { assertKeysNotServed } from './served-keys.js'
import type { RouterSettings } from './settings.js'
import { answerable, siteHandler, type Handler } from './site.js'

/** What the built-in responder calls itself. */
const EMBEDDED_MODEL = 'nomyo-embedded'
/** Addresses that stand for all of a machine's, and one of them that can be connected to everywhere. */
const REACHED_AT: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
/** ms that running requests have when the router is stopped. */
const GRACE = 5_000

/** Runs until SIGINT or SIGTERM. `password` is the router's key's, if it has one. */
export async function runRouter(settings: RouterSettings, password: string | undefined): Promise<void> {
  const { keyPlace, staticDir } = settings
  const source =
    typeof keyPlace === 'string'
      ? keysInDirectory(keyPlace, password, say)
      : keysInEnvironment(keyPlace, password)
  const keys = await source.load()
  // Again, now that the directory certainly exists: what stood in for it before may have been a link.
  if (typeof keyPlace === 'string') assertKeysNotServed(staticDir, keyPlace)
  const opened = settings.redis === undefined ? undefined : await openReplayStore(settings.redis)
  try {
    await serveUntilStopped(settings, { keys, source, replayStore: opened?.store })
  } finally {
    opened?.close()
  }
}

/** What is loaded before anything is served. */
interface Loaded {
  readonly keys: readonly KeyPair[]
  readonly source: KeySource
  readonly replayStore: ReplayStore | undefined
}

async function serveUntilStopped(settings: RouterSettings, loaded: Loaded): Promise<void> {
  const { port, hosts, certificate } = settings
  const { keys, source } = loaded
  const listeners = await listen(handlerOf(settings, loaded), port, hosts, certificate)
  const stopped = untilStopped()
  try {
    const scheme = certificate === undefined ? 'http' : 'https'
    const url = `${scheme}://${urlHost(listeners)}:${listeners.port}`
    say(`NOMYO router at ${url}`)
    say(`Router key ${keys[0]!.publicKey.fingerprint}  (${source.place})`)
    const missing = hosts.filter((host) => !listeners.hosts.includes(host))
    if (missing.length > 0) say(`Not listening on ${missing.join(', ')}: this machine has no such address.`)
    await Promise.race([stopped, showAll(settings, listeners, url)])
    await stopped
  } finally {
    await listeners.close(GRACE)
  }
}

/** The round trip, then where to go next. A signal does not wait for it: a model may think for minutes. */
async function showAll(settings: RouterSettings, listeners: Listeners, url: string): Promise<void> {
  if (settings.roundTrip) await showRoundTrip(settings, listeners)
  if (settings.staticDir !== undefined) say(`Demo page: ${url}/`)
  else if (settings.roundTrip) say(`Router: ${url}/`)
}

function handlerOf(settings: RouterSettings, { keys, source, replayStore }: Loaded): Handler {
  const { allowedHosts, apiKeys, corsOrigins, staticDir } = settings
  const log = requestLog((line) => process.stderr.write(`${line}\n`))
  const router = asUsage(() =>
    createRouter({
      keys,
      ...(source.reload === undefined ? {} : { reloadKeys: source.reload }),
      ...(replayStore === undefined ? {} : { replayStore, limits: { claimTimeout: PATIENCE } }),
      backend: backendOf(settings),
      corsOrigins,
      ...(apiKeys === undefined ? {} : { apiKeys }),
      ...(allowedHosts === undefined ? {} : { allowedHosts }),
      ...(settings.quiet ? {} : { logger: log.logger }),
    }),
  )
  const site = answerable(staticDir === undefined ? router : siteHandler(router, staticDir, allowedHosts))
  return settings.quiet ? site : log.logged(site)
}

function backendOf({ upstream, upstreamKey }: RouterSettings): ReturnType<typeof openAIBackend> {
  if (upstream === undefined) return embeddedBackend()
  return openAIBackend({ baseURL: upstream, ...(upstreamKey === undefined ? {} : { apiKey: upstreamKey }) })
}

/** A TypeError of the router's is about an option that was typed in. */
function asUsage<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw error instanceof TypeError ? usageFailure(error.message) : error
  }
}

async function showRoundTrip(settings: RouterSettings, { hosts, port }: Listeners): Promise<void> {
  const model =
    settings.model ??
    (settings.upstream === undefined ? EMBEDDED_MODEL : await firstModel(backendOf(settings)))
  const [first = '127.0.0.1'] = hosts
  const host = REACHED_AT[first] ?? first
  const baseURL = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const lines = await roundTrip({ baseURL, model, apiKey: settings.apiKeys?.[0] })
  say(['', 'One encrypted call through it:', ...lines, ''].join('\n'))
}

/** A name that people can open: localhost where it is one, else the first address. */
function urlHost({ hosts }: Listeners): string {
  const [first = 'localhost'] = hosts
  if (hosts.includes('127.0.0.1') || first === '0.0.0.0' || first === '::') return 'localhost'
  return first.includes(':') ? `[${first}]` : first
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
