/**
 * A replay store in Redis, for several routers with the same keys. It brings no client of Redis: it takes yours.
 * @packageDocumentation
 */
import type { ReplayStore } from './v2/replay-store.js'

/** What is needed of a client of Redis: that of `@redis/client` and `redis` fits as it is. */
export interface RedisCommands {
  /** Sends one command, and gives the reply: strings as strings, integers as numbers. */
  sendCommand(args: string[]): Promise<unknown>
}

/** How a store in Redis behaves. */
export interface RedisReplayStoreOptions {
  /** What every key begins with; the same for all routers that share a key. Default: `{nomyo:replay}:`. */
  readonly prefix?: string
  /** The time in ms since 1970. Default: `Date.now`. */
  readonly now?: () => number
}

/** In braces, so that a cluster keeps all of it in one slot: a script may touch no more. */
const PREFIX = '{nomyo:replay}:'

/**
 * One step in Redis, so that a claim is made in the same memory that the router believes to be claiming in. An empty
 * one gets a new memory first.
 * KEYS: the claim, the memory. ARGV: the claim's ms, the memory that is known, one for a Redis that has none.
 */
const CLAIM = `
local memory = redis.call('GET', KEYS[2])
if not memory then
  memory = ARGV[3]
  redis.call('SET', KEYS[2], memory)
end
if memory ~= ARGV[2] then return memory end
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0`

/**
 * Checks the Redis behind `client`, which must be connected, and makes a store of it.
 *
 * Redis may lose its memory and go on: it restarts empty, or is flushed. Beside the claims there is a key without an
 * end, which says since when it remembers. Who finds another one than he knows processes nothing (503), and from then
 * on refuses what is older. What is not seen so: a Redis that comes back with an older copy of its data, or a replica
 * of it that takes over without the last writes.
 *
 * The names of the claims say nothing of the router's key: while it is changed, the current one is not the same on all
 * routers, and a request must be the same claim on each of them.
 * @throws Error if it cannot be asked, or if it may forget claims: `maxmemory-policy` must be `noeviction`.
 */
export async function redisReplayStore(
  client: RedisCommands,
  options: RedisReplayStoreOptions = {},
): Promise<ReplayStore> {
  const { prefix = PREFIX, now = Date.now } = options
  await assertKeepsAll(client)
  const memoryKey = `${prefix}since`
  // The id tells two memories of the same millisecond apart.
  const fresh = (): string => `${now()} ${crypto.randomUUID()}`
  await client.sendCommand(['SET', memoryKey, fresh(), 'NX'])
  let memory = memoryOf(await client.sendCommand(['GET', memoryKey]))
  return {
    get knowsSince() {
      return sinceOf(memory)
    },
    async claim(id, ttl) {
      // Read before anything is awaited: it is the one by which the request's time was just judged.
      const known = memory
      const keys = [`${prefix}${id}`, memoryKey]
      const args = [String(ttl), known, fresh()]
      const reply = await client.sendCommand(['EVAL', CLAIM, '2', ...keys, ...args])
      if (reply === 1 || reply === 0) return reply === 1
      memory = memoryOf(reply)
      throw new Error('Redis has lost what it remembered.')
    },
  }
}

/** INFO, since many do not allow CONFIG. Without a limit nothing is evicted, but a limit can be set at any time. */
async function assertKeepsAll(client: RedisCommands): Promise<void> {
  const info = String(await client.sendCommand(['INFO', 'memory']))
  const policy = /^maxmemory_policy:([a-z-]+)\s*$/m.exec(info)?.[1]
  if (policy === 'noeviction') return
  throw new Error(
    policy === undefined
      ? 'Redis does not say its maxmemory-policy: allow INFO.'
      : `Redis may forget claims: its maxmemory-policy is ${policy}. To mend it: CONFIG SET maxmemory-policy noeviction, ` +
          'and the same in redis.conf.',
  )
}

function memoryOf(reply: unknown): string {
  if (typeof reply === 'string' && Number.isSafeInteger(sinceOf(reply))) return reply
  throw new Error('Redis does not say since when it remembers.')
}

/** ms since 1970. */
function sinceOf(memory: string): number {
  const [digits] = memory.split(' ', 1)
  return /^\d{1,16}$/.test(digits!) ? Number(digits) : Number.NaN
}
