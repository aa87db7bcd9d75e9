/** The Redis that routers with the same key share. Its client is loaded only where one is used. */
import { within } from '@nomyo/core/internal'
import type { ReplayStore } from '@nomyo/router'
import { CommandFailure, usageFailure } from '../failure.js'

/** Which Redis. */
export interface RedisSettings {
  /** `redis:` or `rediss:`, without a password. */
  readonly url: string
  readonly password: string | undefined
}

/** A store that is connected. */
export interface OpenStore {
  readonly store: ReplayStore
  /** Lets go of the connection. */
  close(): void
}

/** ms in which Redis must have taken a connection, or answered a claim. */
export const PATIENCE = 2_000
/** ms between pings: a connection over which nothing comes for PATIENCE is given up, and another one made. */
const PING = 500
/** ms between attempts to connect again. */
const RECONNECT = 250

/**
 * The Redis that an option names. The value is not quoted: it may hold a password.
 * @throws CommandFailure (usage) for what is no such URL, and for one with a password, which other users could read.
 */
export function redisOf(text: string | undefined, password: string | undefined): RedisSettings | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !isPlace(url)) {
    throw usageFailure('--replay-store must be a redis: or rediss: URL, such as redis://localhost:6379.')
  }
  if (url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usageFailure(
      '--replay-store must have no password, query or fragment. Its password: NOMYO_REPLAY_STORE_PASSWORD.',
    )
  }
  return { url: text, password: password || undefined }
}

/** A host, and of what may stand beside it only what its client takes: the number of a database, a user. */
function isPlace({ protocol, hostname, pathname, username }: URL): boolean {
  return (
    /^rediss?:$/.test(protocol) &&
    hostname !== '' &&
    /^(?:\/\d{0,9})?$/.test(pathname) &&
    !/%(?![\dA-F]{2})/i.test(username)
  )
}

/**
 * Connects and checks it. Without a queue: a claim that cannot be made now is refused now.
 * @throws CommandFailure if it cannot be reached, or must not be used.
 */
export async function openReplayStore(settings: RedisSettings): Promise<OpenStore> {
  const { redisReplayStore } = await import('@nomyo/router/redis')
  const connection = await connectTo(settings)
  try {
    const store = await redisReplayStore(connection)
    connection.keep()
    return { store, close: () => connection.close() }
  } catch (error) {
    connection.close()
    throw failureOf(error)
  }
}

/** A connection to Redis. */
export interface Connection {
  sendCommand(args: string[]): Promise<unknown>
  /** From now on it is made again whenever it breaks. */
  keep(): void
  close(): void
}

/** @throws CommandFailure if it cannot be reached, or lets nobody in. */
export async function connectTo({ url, password }: RedisSettings): Promise<Connection> {
  const { createClient } = await import('@redis/client')
  let isLasting = false
  const client = createClient({
    ...{ ...placeOf(url), disableOfflineQueue: true, pingInterval: PING },
    ...(password === undefined ? {} : { password }),
    // What Redis must allow is little, and nothing of it is to say who asks.
    ...{ disableClientInfo: true, maintNotifications: 'disabled' },
    socket: {
      ...{ connectTimeout: PATIENCE, socketTimeout: PATIENCE },
      reconnectStrategy: (_tries, cause) => (isLasting ? RECONNECT : cause),
    },
  })
  // Each claim that fails is in the request log; without a listener the process would end.
  client.on('error', () => undefined)
  const close = (): void => {
    if (client.isOpen) client.destroy()
  }
  try {
    await answered(client.connect())
  } catch (error) {
    close()
    throw failureOf(error)
  }
  // Later each claim has its own limit.
  const sendCommand = (args: string[]): Promise<unknown> =>
    isLasting ? client.sendCommand(args) : answered(client.sendCommand(args))
  return { sendCommand, keep: () => void (isLasting = true), close }
}

/** What comes within PATIENCE. That bytes come does not say that an answer does. */
async function answered<T>(reply: Promise<T>): Promise<T> {
  // A client of Redis gives null where there is nothing, never undefined.
  const answer = await within(reply, PATIENCE)
  if (answer === undefined) throw new Error('no answer')
  return answer
}

/** The user apart from the address: with one in its URL, the client takes no password from elsewhere. */
function placeOf(text: string): { readonly url: string; readonly username?: string } {
  const url = new URL(text)
  const username = decodeURIComponent(url.username)
  url.username = ''
  return { url: url.href, ...(username === '' ? {} : { username }) }
}

function failureOf(error: unknown): CommandFailure {
  return new CommandFailure(`--replay-store: ${reasonOf(error)}`)
}

/** What Redis and its client say may quote what was sent to them. */
function reasonOf(error: unknown): string {
  // The client wraps what a first connection failed with.
  const { originalError = error } = error as { readonly originalError?: unknown }
  const { message, code } = originalError as NodeJS.ErrnoException
  // Ours is a plain one; what Redis says has a class of its client's.
  const isOurs = Object.getPrototypeOf(originalError) === Error.prototype
  if (isOurs && message.startsWith('Redis ')) return message
  if (
    /^(NOAUTH|WRONGPASS|NOPERM|READONLY|OOM|LOADING|MISCONF|NOREPLICAS|MOVED|CLUSTERDOWN)\b/.test(message)
  ) {
    return `Redis refuses (${message.split(' ', 1)[0]}).`
  }
  return `Redis cannot be reached (${code ?? 'no answer'}).`
}
