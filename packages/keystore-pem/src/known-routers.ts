/** What is known of routers, in one JSON file: an object with their base URLs as keys. */
import {
  KeyStoreError,
  parseJsonObject,
  ValidationError,
  type RouterTrust,
  type SetOptions,
} from '@nomyo/core'
import { asRouterTrust } from '@nomyo/core/internal'
import { hasTrustedDirectory, makeDirectory, syncDirectory } from './files/directories.js'
import { withLock } from './files/directory-lock.js'
import { unreadable } from './files/failure.js'
import { knownRoutersFile } from './files/layout.js'
import { assertOwnerWrites } from './files/permissions.js'
import { removeLeftovers, stageFile, type StagedFile } from './files/publishing.js'
import { readFileIfAny } from './files/reading.js'

const MAX_BYTES = 1024 * 1024
// Depth: the file, a router, its fingerprints.
const LIMITS = { maxDepth: 3, maxValues: 100_000 }
const MODE = 0o600

/**
 * What is known of one router.
 * @throws KeyStoreError `unreadable` for a damaged file, `insecure_permissions` for one that others can write
 * or own.
 */
export async function getKnownRouter(directory: string, baseURL: string): Promise<RouterTrust | undefined> {
  if (!(await hasTrustedDirectory(directory))) return undefined
  return (await readKnownRouters(knownRoutersFile(directory))).get(baseURL)
}

/**
 * Replaces what is known of one router, or of one of which nothing is known.
 * @throws KeyStoreError as `getKnownRouter` does, and the file stays as it is; `exists`, `unwritable`, `busy`.
 * @throws ValidationError for what could not be read back.
 */
export async function setKnownRouter(
  directory: string,
  baseURL: string,
  trust: RouterTrust,
  { onlyIfUnknown = false }: SetOptions,
): Promise<void> {
  const checked = asRouterTrust(trust)
  if (checked === undefined || baseURL === '__proto__') {
    throw new ValidationError('What is known of a router must be its base URL and a RouterTrust.')
  }
  if (!(await hasTrustedDirectory(directory))) await makeDirectory(directory)
  const path = knownRoutersFile(directory)
  await withLock(directory, async (lock) => {
    const routers = await readKnownRouters(path)
    if (onlyIfUnknown && routers.has(baseURL)) {
      throw new KeyStoreError('exists', `${path} knows ${baseURL} already.`)
    }
    routers.set(baseURL, checked)
    const staged = await stageRouters(directory, routers)
    try {
      await lock.assertHeld()
      await staged.publish()
      await syncDirectory(directory)
    } finally {
      await staged.discard()
    }
  })
}

async function readKnownRouters(path: string): Promise<Map<string, RouterTrust>> {
  const file = await readFileIfAny(path, MAX_BYTES, (stats) =>
    assertOwnerWrites(path, stats, 'change which routers are trusted'),
  )
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

async function stageRouters(
  directory: string,
  routers: ReadonlyMap<string, RouterTrust>,
): Promise<StagedFile> {
  const path = knownRoutersFile(directory)
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(routers), null, 2) + '\n')
  if (bytes.length > MAX_BYTES) throw unreadable(path, `it would have more than ${MAX_BYTES} bytes`)
  await removeLeftovers(directory)
  return stageFile({ path, bytes, mode: MODE })
}

function damaged(path: string): Error {
  return unreadable(
    path,
    'it is damaged. Restore it; or delete it, and compare the fingerprint of every router when it is next met',
  )
}
