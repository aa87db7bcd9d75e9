/** A release in a copy of the workspace, up to where it would be published. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copySources } from '../artefact/copies.mjs'
import { Failure, run } from '../command.mjs'
import { nameRepository, packageFolders, raiseVersion, sharedVersion } from './versions.mjs'

const CHANGE = `---
'@nomyo/core': minor
---

A change of one package
`

/**
 * A minor change of one package raises all of them, and what they need of each other.
 *
 * @param {string} home an empty directory
 * @returns {Promise<string>} the version that a release would have
 */
export async function rehearseVersion(home) {
  await copySources(home)
  await commitAll(home)
  writeFileSync(join(home, '.changeset/rehearsal.md'), CHANGE)
  const [major, minor] = sharedVersion(home).split('.').map(Number)
  const version = await raiseVersion(home, '2026-01-31')
  const expected = `${major}.${minor + 1}.0`
  if (version !== expected) throw new Failure(`The version would be ${version}, not ${expected}.`)
  const changelog = readFileSync(join(home, 'CHANGELOG.md'), 'utf8')
  if (!changelog.includes(`\n## Unreleased\n\n## ${version} - 2026-01-31\n`))
    throw new Failure('The changelog does not name the version.')
  return version
}

// changesets asks git what has changed.
async function commitAll(home) {
  mkdirSync(join(home, '.git/info'), { recursive: true })
  appendFileSync(join(home, '.git/info/exclude'), 'node_modules\n')
  const identity = [
    '-c',
    'user.name=rehearsal',
    '-c',
    'user.email=rehearsal@localhost',
    '-c',
    'commit.gpgsign=false',
  ]
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '-A'],
    [...identity, 'commit', '-q', '-m', 'Rehearsal'],
  ]) {
    const { code, output } = await run('git', args, { cwd: home, capture: true })
    if (code !== 0) throw new Failure(`${output}\n\ngit ${args.join(' ')} exited with ${code}.`)
  }
}

/** Every package would name the repository that it comes from. @param {string} home of {@link rehearseVersion} */
export function rehearseRepository(home) {
  nameRepository(home, 'owner/name')
  for (const folder of packageFolders()) {
    const { repository } = JSON.parse(readFileSync(join(home, folder, 'package.json'), 'utf8'))
    if (repository.url !== 'git+https://github.com/owner/name.git' || repository.directory !== folder)
      throw new Failure(`${folder} does not name its repository.`)
  }
}
