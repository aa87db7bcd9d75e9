/** From options and environment to what the router is run with. */
import { statSync } from 'node:fs'
import type { GivenOptions } from '../arguments.js'
import { usageFailure } from '../failure.js'

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
  readonly keyDir: string
  readonly corsOrigins: readonly string[]
  /** Undefined: clients need none. */
  readonly apiKeys: readonly string[] | undefined
  readonly roundTrip: boolean
  readonly quiet: boolean
}

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
  return {
    port: portOf(options.text('port') ?? '12434'),
    hosts,
    allowedHosts: hosts.some((host) => WILDCARDS.includes(host)) ? undefined : namesOf(hosts),
    upstream: options.text('upstream'),
    upstreamKey: process.env['NOMYO_UPSTREAM_API_KEY'] || undefined,
    model: options.text('model'),
    staticDir: directoryOf(options.text('static')),
    keyDir: options.text('key-dir') ?? 'router_keys',
    corsOrigins: options.list('cors-origin'),
    apiKeys,
    roundTrip: options.flag('round-trip'),
    quiet: options.flag('quiet'),
  }
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw usageFailure('The port must be a number from 0 to 65535.')
}

function directoryOf(path: string | undefined): string | undefined {
  if (path !== undefined && !statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw usageFailure(`There is no directory ${path} to serve files from.`)
  }
  return path
}

function apiKeysOf(text: string | undefined): readonly string[] | undefined {
  const keys = (text ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
  return keys.length === 0 ? undefined : keys
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** The names under which a browser reaches these hosts. */
function namesOf(hosts: readonly string[]): readonly string[] {
  const names = ['localhost', ...LOOPBACK, ...hosts].map((host) => (host.includes(':') ? `[${host}]` : host))
  return [...new Set(names)]
}
