/** The Redis that routers share: reachable, for whom, what it keeps, and what it gives back after a restart. */
import { CommandFailure } from '../failure.js'
import { connectTo, redisOf, type Connection, type RedisSettings } from '../router/replay-store.js'
import { ok, problem, warning, type Finding } from './finding.js'
import { isLoopback } from './loopback.js'

const CHECK = 'replay store'
/** The part of its memory from which it is worth a look. */
const NEARLY_FULL = 0.8
const DURABLE = 'CONFIG SET appendonly yes; CONFIG SET appendfsync always; and the same in redis.conf'

/** What `INFO` says, by name. */
type Info = ReadonlyMap<string, string>

/** Asks the Redis at `url`, and writes nothing there. Nothing if none is named. */
export async function replayStoreFindings(
  url: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  try {
    const settings = redisOf(url, env['NOMYO_REPLAY_STORE_PASSWORD'])
    if (settings === undefined) return []
    const connection = await connectTo(settings)
    try {
      return [
        ok(CHECK, `${placeOf(settings)} answers.`),
        ...transport(settings),
        ...(await stateOf(connection)),
      ]
    } finally {
      connection.close()
    }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return [problem(CHECK, error.message, mendOf(error.message))]
  }
}

function mendOf(message: string): string {
  if (/\((?:NOAUTH|WRONGPASS)\)/.test(message)) {
    return 'Set NOMYO_REPLAY_STORE_PASSWORD, and name the user in the URL: redis://router@HOST'
  }
  if (/\(\w*(?:CERT|SIGNATURE)\w*\)/.test(message)) {
    return 'Name the authority of its certificate: export NODE_EXTRA_CA_CERTS=FILE; and Redis by the name in it.'
  }
  if (message.includes('cannot be reached'))
    return 'See that the address is right, Redis runs, and this machine may reach it.'
  return 'Give the URL of a Redis, such as redis://router@localhost:6379, and its password by itself.'
}

/** Without the user. */
function placeOf({ url }: RedisSettings): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

function transport({ url }: RedisSettings): readonly Finding[] {
  const place = new URL(url)
  if (place.protocol === 'rediss:') return [ok(CHECK, 'Over TLS, and its certificate is valid.')]
  if (isLoopback(place)) return [ok(CHECK, 'Without TLS, on this machine.')]
  const message = 'Without TLS: anybody on the way reads its password, and can answer that a claim was made.'
  return [warning(CHECK, message, `Use rediss://${place.hostname}`)]
}

async function stateOf(connection: Connection): Promise<readonly Finding[]> {
  const info = await infoOf(connection)
  if (info === undefined) {
    return [
      problem(CHECK, 'INFO is not allowed, without which no router starts.', 'ACL SETUSER router +info'),
    ]
  }
  return [
    policy(info),
    room(info),
    ...role(info),
    ...(await scripts(connection)),
    ...(await persistence(connection, info)),
  ]
}

async function infoOf(connection: Connection): Promise<Info | undefined> {
  const text = await allowed(connection, ['INFO'])
  if (typeof text !== 'string') return undefined
  const lines = text.matchAll(/^(\w+):(.*?)\r?$/gm)
  return new Map([...lines].map(([, name = '', value = '']) => [name, value]))
}

/** The reply; undefined if this user may not ask that, or Redis has no such command. */
async function allowed(connection: Connection, command: string[]): Promise<unknown> {
  try {
    return await connection.sendCommand(command)
  } catch (error) {
    if (/^(?:NOPERM|ERR unknown command)\b/.test((error as Error).message)) return undefined
    throw new CommandFailure(`--replay-store: Redis does not answer ${command[0]}.`)
  }
}

function policy(info: Info): Finding {
  const policy = info.get('maxmemory_policy')
  if (policy === 'noeviction') return ok(CHECK, 'Its maxmemory-policy is noeviction: no claim is dropped.')
  const message = `Its maxmemory-policy is ${policy ?? 'not known'}: a claim that is dropped is a request that can be processed again. No router starts.`
  return problem(CHECK, message, 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf')
}

function room(info: Info): Finding {
  const [used, limit] = ['used_memory', 'maxmemory'].map((name) => Number(info.get(name) ?? 0)) as [
    number,
    number,
  ]
  if (limit === 0) return ok(CHECK, 'It has no maxmemory.')
  const part = used / limit
  const message = `It uses ${Math.round(part * 100)} % of its maxmemory`
  const mend = 'CONFIG SET maxmemory BYTES, with more of them, and the same in redis.conf'
  if (part >= 1) return problem(CHECK, `${message}: routers answer 503.`, mend)
  if (part >= NEARLY_FULL) return warning(CHECK, `${message}: when it is full, routers answer 503.`, mend)
  return ok(CHECK, `${message}.`)
}

function role(info: Info): readonly Finding[] {
  if (info.get('role') !== 'slave') return []
  const primary = `${info.get('master_host') ?? '?'}:${info.get('master_port') ?? '?'}`
  const message = 'It is a replica, in which no claim can be made: routers answer 503.'
  return [problem(CHECK, message, `Name its primary: redis://${primary}`)]
}

/** One that does nothing: whether it may be run is what counts. */
async function scripts(connection: Connection): Promise<readonly Finding[]> {
  if ((await allowed(connection, ['EVAL', 'return 1', '0'])) === 1) return []
  const message = 'EVAL is not allowed: routers answer 503.'
  return [problem(CHECK, message, 'ACL SETUSER router +info +set +get +eval +ping ~{nomyo:replay}:*')]
}

async function persistence(connection: Connection, info: Info): Promise<readonly Finding[]> {
  return [...failing(info), await restart(connection, info)]
}

function failing(info: Info): readonly Finding[] {
  const failed = ['rdb_last_bgsave_status', 'aof_last_write_status'].filter(
    (name) => info.get(name) === 'err',
  )
  if (failed.length === 0) return []
  const message = `It could not write to its disk (${failed.join(', ')}), and may refuse claims.`
  return [problem(CHECK, message, 'Make room on its disk, and see its log.')]
}

/** What comes back after a restart: everything, nothing, or, which nobody would notice, something older. */
async function restart(connection: Connection, info: Info): Promise<Finding> {
  const appends = info.get('aof_enabled') === '1'
  const setting = await settingOf(connection, appends ? 'appendfsync' : 'save')
  if (setting === undefined) {
    const message = `appendonly is ${appends ? 'yes' : 'no'}; CONFIG GET is not allowed, so that the rest is not known.`
    return warning(CHECK, message, `See that redis.conf says appendonly yes and appendfsync always.`)
  }
  if (appends && setting === 'always')
    return ok(CHECK, 'A restart loses nothing: appendonly yes, appendfsync always.')
  if (appends) {
    const message = `With appendfsync ${setting} a restart can lose the last claims, and no router notices it.`
    return warning(CHECK, message, 'CONFIG SET appendfsync always, and the same in redis.conf')
  }
  if (setting === '') {
    return ok(CHECK, 'It keeps nothing on disk: routers notice a restart, unless an old dump.rdb is left.')
  }
  const message = 'It keeps snapshots alone: after a restart it has older data, and no router notices it.'
  return warning(CHECK, message, DURABLE)
}

/** A setting; undefined if this user may not ask for it. */
async function settingOf(connection: Connection, name: string): Promise<string | undefined> {
  const reply = await allowed(connection, ['CONFIG', 'GET', name])
  const value = Array.isArray(reply)
    ? (reply as unknown[])[1]
    : (reply as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : undefined
}
