/**
 * `npm run release:check`: everything that a release does, except publishing it. The tarballs that passed are then in
 * release/.
 */
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Board } from './board.mjs'
import { measureCoverage } from './coverage.mjs'
import { buildReference } from './docs-api.mjs'
import { Failure, main, root, run } from './command.mjs'
import { prepareWorkspace } from './pnpm.mjs'
import { rehearseRepository, rehearseVersion } from './release/rehearsal.mjs'
import { sharedVersion } from './release/versions.mjs'
import { checkOrder, checkWorkflow, workflowFiles } from './release/workflows.mjs'
import { checkArtefact } from './test-artefact.mjs'
import { mustPass, prepareTools } from './tools.mjs'
import { readPackages } from './workspace.mjs'

const RELEASE = join(root, 'release')

/** @param {Board} board */
async function checkRehearsal(board) {
  const home = mkdtempSync(join(realpathSync(tmpdir()), 'nomyo-release-'))
  const check = (name, task) => board.check('Version', name, task)
  try {
    await check('all packages share one', () => sharedVersion())
    await check('a change of one package raises all', () => rehearseVersion(home))
    await check('every package can name its repository', () => rehearseRepository(home))
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** @param {Board} board */
async function checkSources(board) {
  const check = (name, task) => board.check('Sources', name, task)
  await check('knip: nothing unused, nothing unlisted', () =>
    mustPass('knip', ['--config', 'scripts/tools/knip.json']),
  )
  await check('every export is documented (docs/api)', () => buildReference())
  await check('branches of core', measureCoverage)
}

/** @param {Board} board */
async function checkWorkflows(board) {
  for (const file of workflowFiles()) await board.check('Workflows', file, () => checkWorkflow(file))
  await board.check('Workflows', 'all packages, in their order', () => checkOrder(readPackages()))
}

/** npm itself looks at each tarball, and stops before it would send it. */
async function publishDry({ name }) {
  const args = ['publish', join(RELEASE, name), '--dry-run', '--access', 'public', '--ignore-scripts']
  const { code, output } = await run('npm', args, { capture: true, shell: process.platform === 'win32' })
  if (code !== 0) throw new Failure(`${output}\n\nnpm publish --dry-run exited with ${code}.`)
}

/** @param {Board} board */
async function checkTarballs(board) {
  await checkArtefact(board, async (tarballs) => {
    rmSync(RELEASE, { recursive: true, force: true })
    mkdirSync(RELEASE)
    for (const { name, path } of tarballs) copyFileSync(path, join(RELEASE, name))
    for (const tarball of tarballs)
      await board.check('Publishing, without doing it', tarball.name, () => publishDry(tarball))
  })
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await prepareTools()
  const board = new Board()
  await checkRehearsal(board)
  await checkWorkflows(board)
  await checkSources(board)
  await checkTarballs(board)
  board.conclude()
})
