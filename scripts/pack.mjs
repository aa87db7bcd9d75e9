/** Our packages as they would be published. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from './command.mjs'
import { runPnpm } from './pnpm.mjs'

/**
 * Packs packages that have been built.
 *
 * @param {string[]} folders below `packages/`
 * @param {string} destination
 * @returns {Promise<string[]>} the tarballs
 */
export async function pack(folders, destination) {
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(destination, { recursive: true })
  const filters = folders.flatMap((folder) => ['--filter', `./packages/${folder}`])
  const args = [...filters, '-r', 'pack', '--pack-destination', destination]
  const { code, output } = await runPnpm(args, { capture: true })
  if (code !== 0)
    throw new Failure(`${output}\n\nThe packages could not be packed (pnpm exited with ${code}).`)
  return readdirSync(destination)
    .filter((file) => file.endsWith('.tgz'))
    .map((file) => join(destination, file))
}
