/** One version for all packages: raising it, and what has to be true of it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, root } from '../command.mjs'
import { mustPass } from '../tools.mjs'
import { readPackages } from '../workspace.mjs'

const UNRELEASED = '## Unreleased'

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** The folders of the published packages, relative to the workspace. */
export const packageFolders = () => readPackages().map(({ directory }) => directory.slice(root.length))

/**
 * The version that all packages in `home` have.
 *
 * @param {string} [home] a copy of the workspace
 */
export function sharedVersion(home = root) {
  const versions = packageFolders().map((folder) => readManifest(join(home, folder)).version)
  if (new Set(versions).size !== 1)
    throw new Failure(`The packages have several versions: ${versions.join(', ')}`)
  return versions[0]
}

/**
 * Takes the files of `.changeset`, raises every version, and gives the unreleased part of the changelog its number.
 *
 * @param {string} home
 * @param {string} date as 2026-01-31
 * @returns {Promise<string>} the new version
 */
export async function raiseVersion(home, date) {
  const before = sharedVersion(home)
  await mustPass('changeset', ['version'], { cwd: home })
  const version = sharedVersion(home)
  if (version === before) throw new Failure('No change waits in .changeset: npm run changeset')
  const file = join(home, 'CHANGELOG.md')
  const text = readFileSync(file, 'utf8')
  if (!text.includes(`\n${UNRELEASED}\n`)) throw new Failure(`CHANGELOG.md has no "${UNRELEASED}".`)
  writeFileSync(file, text.replace(UNRELEASED, `${UNRELEASED}\n\n## ${version} - ${date}`))
  return version
}

/**
 * Names the repository in every package, since npm accepts a provenance only for the repository that a package names.
 *
 * @param {string} home
 * @param {string} repository as `owner/name` on GitHub
 */
export function nameRepository(home, repository) {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Failure(`${repository} is no owner/name.`)
  for (const folder of packageFolders()) {
    const url = `git+https://github.com/${repository}.git`
    const manifest = {
      ...readManifest(join(home, folder)),
      repository: { type: 'git', url, directory: folder },
    }
    writeFileSync(join(home, folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  }
}
