/** What is known of routers, in one JSON file: an object with their base URLs as keys. */
import { dirname } from 'node:path'
import { isJsonObject, parseJsonObject, ValidationError, type RouterTrust } from '@nomyo/core'
import { makeDirectory, publishFile, readFileIfAny, removeLeftovers, unreadable } from './files.js'
import { assertOwnerWrites } from './permissions.js'

const MAX_BYTES = 1024 * 1024
// Depth: the file, a router, its fingerprints.
const LIMITS = { maxDepth: 3, maxValues: 100_000 }
const MODE = 0o600

const pending = new Map<string, Promise<void>>()

/**
 * All that is known, by base URL.
 * @throws KeyStoreError `unreadable` for a damaged file, `insecure_permissions` for one that others can write.
 */
export async function readKnownRouters(path: string): Promise<Map<string, RouterTrust>> {
  const file = await readFileIfAny(path, MAX_BYTES, (stats) => assertOwnerWrites(path, stats))
  if (file === undefined) return new Map()
  const json = parseJsonObject(file.bytes, LIMITS)
  if (json === undefined) throw damaged(path)
  const routers = new Map<string, RouterTrust>()
  for (const [baseURL, value] of Object.entries(json)) {
    const trust = asRouterTrust(value)
    if (trust === undefined) throw damaged(path)
    routers.set(baseURL, trust)
  }
  return routers
}

/**
 * Replaces what is known of one router. Calls within a process wait for one another, since each of them
 * writes the whole file.
 * @throws KeyStoreError `unreadable` for a damaged file, `insecure_permissions` for one that others can write;
 * it stays as it is.
 * @throws ValidationError for what could not be read back.
 */
export async function writeKnownRouter(path: string, baseURL: string, trust: RouterTrust): Promise<void> {
  const checked = asRouterTrust(trust)
  if (checked === undefined || baseURL === '__proto__') {
    throw new ValidationError('What is known of a router must be its base URL and a RouterTrust.')
  }
  const turn = (pending.get(path) ?? Promise.resolve()).then(() => update(path, baseURL, checked))
  const settled = turn.catch(() => undefined)
  pending.set(path, settled)
  try {
    await turn
  } finally {
    if (pending.get(path) === settled) pending.delete(path)
  }
}

async function update(path: string, baseURL: string, trust: RouterTrust): Promise<void> {
  const routers = await readKnownRouters(path)
  routers.set(baseURL, trust)
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(routers), null, 2) + '\n')
  if (bytes.length > MAX_BYTES) throw unreadable(path, `it would have more than ${MAX_BYTES} bytes`)
  await makeDirectory(dirname(path))
  await removeLeftovers(path)
  await publishFile(path, bytes, { mode: MODE, replace: true })
}

/** `value` with the fields of a RouterTrust and no others, or undefined if it is none. */
function asRouterTrust(value: unknown): RouterTrust | undefined {
  if (!isJsonObject(value)) return undefined
  const { fingerprints, firstSeen, highestProtocol } = value
  if (!Array.isArray(fingerprints) || fingerprints.length === 0) return undefined
  if (!fingerprints.every((fingerprint) => typeof fingerprint === 'string')) return undefined
  if (typeof firstSeen !== 'number' || !Number.isFinite(firstSeen)) return undefined
  if (highestProtocol !== '1.0' && highestProtocol !== '2.0') return undefined
  return { fingerprints: [...fingerprints], firstSeen, highestProtocol }
}

function damaged(path: string): Error {
  return unreadable(
    path,
    'it is damaged. Restore it; or delete it, and compare the fingerprint of every router when it is next met',
  )
}
