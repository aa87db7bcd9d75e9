/** `nomyo router`: key, backend, listeners, the round trip, and a clean end. */
import { availableParallelism } from 'node:os'
import { CURRENT_KEY, KeyManager, KeyStoreError, type KeyPair, type KeyStore } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { createRouter, embeddedBackend, openAIBackend, type ReplayStore } from '@nomyo/router'
import { CommandFailure, usageFailure } from '../failure.js'
import { KEY_PASSWORD, locked } from '../keys/password.js'
import { warn } from '../terminal/notices.js'
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
/** How many handles of the current key there are: the engine does the operations of one handle one by one. */
const HANDLES = 2 * availableParallelism()
/** ms that running requests have when the router is stopped. */
const GRACE = 5_000

/** Runs until SIGINT or SIGTERM. `password` is the router's key's, if it has one. */
export async function runRouter(settings: RouterSettings, password: string | undefined): Promise<void> {
  const keys = await routerKeys(settings.keyDir, password)
  // Again, now that the directory certainly exists: what stood in for it before may have been a link.
  assertKeysNotServed(settings.staticDir, settings.keyDir)
  const opened = settings.redis === undefined ? undefined : await openReplayStore(settings.redis)
  try {
    await serveUntilStopped(settings, { keys, password, replayStore: opened?.store })
  } finally {
    opened?.close()
  }
}

/** What is loaded before anything is served. */
interface Loaded {
  readonly keys: readonly KeyPair[]
  readonly password: string | undefined
  readonly replayStore: ReplayStore | undefined
}

async function serveUntilStopped(settings: RouterSettings, loaded: Loaded): Promise<void> {
  const { port, hosts, certificate } = settings
  const { keys } = loaded
  const listeners = await listen(handlerOf(settings, loaded), port, hosts, certificate)
  const stopped = untilStopped()
  try {
    const scheme = certificate === undefined ? 'http' : 'https'
    const url = `${scheme}://${urlHost(listeners)}:${listeners.port}`
    say(`NOMYO router at ${url}`)
    say(`Router key ${keys[0]!.publicKey.fingerprint}  (${settings.keyDir})`)
    const missing = hosts.filter((host) => !listeners.hosts.includes(host))
    if (missing.length > 0) say(`Not listening on ${missing.join(', ')}: this machine has no such address.`)
    await Promise.race([stopped, showAll(settings, listeners, url)])
    await stopped
  } finally {
    await listeners.close(GRACE)
  }
}

/**
 * The router's key, kept in files between starts, so that a pin stays valid, and the one before it, to which
 * clients may still seal. It is never replaced by itself, since that would break every pin: `nomyo keys rotate`
 * does it.
 * @throws KeyStoreError `locked` if it is encrypted and there is no password.
 */
async function routerKeys(keyDir: string, password: string | undefined): Promise<readonly KeyPair[]> {
  const store = pemKeyStore({ dir: keyDir, ...(password === undefined ? {} : { password }) })
  const manager = new KeyManager({
    store,
    rotation: { automatic: false },
    onEvent: (event) => {
      if (event.type === 'generating') {
        say('Generating the router’s RSA-4096 key, once; this may take some seconds.')
      }
    },
  })
  const current = await manager.current().catch((error: unknown) => {
    const isLocked = KeyStoreError.isInstance(error) && error.code === 'locked'
    throw isLocked ? locked(`The key in ${keyDir}`, KEY_PASSWORD) : error
  })
  const previous = await manager.previous()
  const handles = await moreHandles(store, current)
  return [current, ...handles, ...(previous === undefined ? [] : [previous])]
}

/** The keys as `nomyo keys rotate` has left them. Where there are none by now, none are made: a pin would break. */
async function changedKeys(keyDir: string, password: string | undefined): Promise<readonly KeyPair[]> {
  try {
    const store = pemKeyStore({ dir: keyDir, ...(password === undefined ? {} : { password }) })
    if ((await store.load(CURRENT_KEY)) === undefined) throw new CommandFailure('there are none.')
    return await routerKeys(keyDir, password)
  } catch (error) {
    warn(`The keys in ${keyDir} cannot be loaded again: ${(error as Error).message}`)
    throw error
  }
}

/** Further handles of `current`, unless the store has another key by now. */
async function moreHandles(store: KeyStore, { publicKey }: KeyPair): Promise<readonly KeyPair[]> {
  const loading = Array.from({ length: HANDLES - 1 }, () => store.load(CURRENT_KEY))
  const records = await Promise.all(loading)
  return records.flatMap((record) =>
    record?.keyPair.publicKey.fingerprint === publicKey.fingerprint ? [record.keyPair] : [],
  )
}

/** The round trip, then where to go next. A signal does not wait for it: a model may think for minutes. */
async function showAll(settings: RouterSettings, listeners: Listeners, url: string): Promise<void> {
  if (settings.roundTrip) await showRoundTrip(settings, listeners)
  if (settings.staticDir !== undefined) say(`Demo page: ${url}/`)
  else if (settings.roundTrip) say(`Router: ${url}/`)
}

function handlerOf(settings: RouterSettings, { keys, password, replayStore }: Loaded): Handler {
  const { allowedHosts, apiKeys, corsOrigins, staticDir, keyDir } = settings
  const log = requestLog((line) => process.stderr.write(`${line}\n`))
  const router = asUsage(() =>
    createRouter({
      keys,
      reloadKeys: () => changedKeys(keyDir, password),
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
