/** From options and environment to what the router is run with. */
import { statSync } from 'node:fs'
import type { GivenOptions } from '../arguments.js'
import { usageFailure } from '../failure.js'
import { certificateOf, type Certificate } from './certificate.js'
import { environmentKeys, type EnvironmentKeys } from './keys-in-environment.js'
import { redisOf, type RedisSettings } from './replay-store.js'
import { assertKeysNotServed, assertTlsKeyNotServed } from './served-keys.js'

/** How `nomyo router` runs. */
export interface RouterSettings {
  /** 0 takes a free one. */
  readonly port: number
  readonly hosts: readonly string[]
  /** Host header names that are answered; undefined answers all. */
  readonly allowedHosts: readonly string[] | undefined
  readonly upstream: string | undefined
  readonly upstreamKey: string | undefined
  readonly model: string | undefined
  readonly staticDir: string | undefined
  /** A directory, or the keys themselves. */
  readonly keyPlace: string | EnvironmentKeys
  readonly corsOrigins: readonly string[]
  /** Undefined: clients need none. */
  readonly apiKeys: readonly string[] | undefined
  /** Undefined: over http:. */
  readonly certificate: Certificate | undefined
  /** Undefined: claims are kept in memory. */
  readonly redis: RedisSettings | undefined
  readonly roundTrip: boolean
  readonly quiet: boolean
}

/** What is taken where nothing else is said. */
export const DEFAULTS = { port: '12434', keyDir: 'router_keys' } as const

const LOOPBACK = ['127.0.0.1', '::1']
const WILDCARDS = ['0.0.0.0', '::']

/** @throws CommandFailure (usage) for values that cannot be used together. */
export function routerSettings(options: GivenOptions): RouterSettings {
  const given = options.list('host')
  const hosts = given.length === 0 ? LOOPBACK : given
  const apiKeys = apiKeysOf(process.env['NOMYO_ROUTER_API_KEYS'])
  if (apiKeys === undefined && !hosts.every(isLoopback) && !options.flag('no-api-key')) {
    throw usageFailure(
      'Everybody who reaches that host could use the router. Set NOMYO_ROUTER_API_KEYS, or say --no-api-key.',
    )
  }
  const staticDir = directoryOf(options.text('static'))
  const keyPlace = keyPlaceOf(options.text('key-dir'))
  if (typeof keyPlace === 'string') assertKeysNotServed(staticDir, keyPlace)
  const tlsKey = options.text('tls-key')
  if (tlsKey !== undefined) assertTlsKeyNotServed(staticDir, tlsKey)
  const certificate = certificateOf(options.text('tls-cert'), tlsKey)
  if (certificate !== undefined && options.flag('round-trip')) {
    throw usageFailure(
      '--round-trip goes over http: on loopback, for which no certificate is made: leave it out.',
    )
  }
  return {
    port: portOf(options.text('port') ?? DEFAULTS.port),
    hosts,
    allowedHosts: hosts.some((host) => WILDCARDS.includes(host)) ? undefined : namesOf(hosts),
    upstream: upstreamOf(options.text('upstream')),
    upstreamKey: process.env['NOMYO_UPSTREAM_API_KEY'] || undefined,
    model: options.text('model'),
    staticDir,
    keyPlace,
    corsOrigins: options.list('cors-origin').map(originOf),
    apiKeys,
    certificate,
    redis: redisOf(options.text('replay-store'), process.env['NOMYO_REPLAY_STORE_PASSWORD']),
    roundTrip: options.flag('round-trip'),
    quiet: options.flag('quiet'),
  }
}

function keyPlaceOf(keyDir: string | undefined): string | EnvironmentKeys {
  const given = environmentKeys(process.env)
  if (given === undefined) return keyDir ?? DEFAULTS.keyDir
  if (keyDir === undefined) return given
  throw usageFailure('NOMYO_ROUTER_KEY holds the router’s key, but --key-dir names a directory of it: which?')
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw usageFailure('The port must be a number from 0 to 65535.')
}

/** The value is not quoted: it may hold a password. */
function upstreamOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw usageFailure('--upstream must be an http: or https: URL, such as http://localhost:11434/v1.')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usageFailure(
      '--upstream must have no credentials, query or fragment. Its key: NOMYO_UPSTREAM_API_KEY.',
    )
  }
  return text
}

function originOf(text: string): string {
  if (text === '*' || (URL.canParse(text) && new URL(text).origin === text)) return text
  throw usageFailure('--cors-origin must be an exact origin, such as https://app.example, or *.')
}

function directoryOf(path: string | undefined): string | undefined {
  if (path !== undefined && !statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw usageFailure(`There is no directory ${path} to serve files from.`)
  }
  return path
}

function apiKeysOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text === '') return undefined
  const keys = text
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
  // Whoever sets it wants keys to be needed.
  if (keys.length === 0) throw usageFailure('NOMYO_ROUTER_API_KEYS is set, but holds no key.')
  return keys
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** The names under which a browser reaches these hosts. */
function namesOf(hosts: readonly string[]): readonly string[] {
  const names = ['localhost', ...LOOPBACK, ...hosts].map((host) => (host.includes(':') ? `[${host}]` : host))
  return [...new Set(names)]
}
