/**
 * `npm run test:artefact`: what users install. Builds and packs every package twice from clean copies, looks into
 * the tarballs, installs them with npm in projects of users outside the repository (consumers/), compiles and runs
 * those in the oldest and newest we promise, and bundles a page that speaks with the installed router.
 *
 * That frameworks build with the packages is what `npm run test:examples` shows.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Board, inPairs } from './board.mjs'
import { commonjsCompilations, compilations, emitAll, executions } from './artefact/compiling.mjs'
import { buildTwice } from './artefact/copies.mjs'
import { askPage, bundlePage, BUNDLERS, launch, startRouter } from './artefact/pages.mjs'
import { installProject } from './artefact/projects.mjs'
import * as tarball from './artefact/tarball.mjs'
import { findChromium } from './chromium.mjs'
import { Failure, main } from './command.mjs'
import { fetchNode, PINS } from './newer-node.mjs'
import { prepareWorkspace } from './pnpm.mjs'
import { mustPass, prepareTools } from './tools.mjs'

/** @param {Board} board */
async function checkTarballs(board, { tarballs, isSame }) {
  for (const { name, path } of tarballs) {
    const files = tarball.readTarball(path)
    const check = (what, task) => board.check(name, what, task)
    await check('a second build has the same bytes', () => {
      if (!isSame(name)) throw new Failure('The two builds differ.')
    })
    await check('contents, exports, licence, no scripts', () => tarball.checkContents(files))
    await check('dependencies', () => tarball.checkDependencies(files))
    await check('types name only what is installed', () => tarball.checkTypes(files))
    await check('JavaScript imports only that', () => tarball.checkImports(files))
    await inPairs([
      () => check('publint', () => mustPass('publint', [path, '--strict'])),
      () => check('attw', () => mustPass('attw', [path, '--profile', 'esm-only'])),
    ])
  }
}

/** @param {Board} board */
async function checkPrograms(board, home) {
  const all = (group, checks) =>
    inPairs(
      checks.map(
        ({ name, task }) =>
          () =>
            board.check(group, name, task),
      ),
    )
  await all('Types', [...compilations(home), ...commonjsCompilations(home)])
  await board.check('Runs', 'the compiled JavaScript is written', () => emitAll(home))
  // The oldest that package.json asks for, and one that is current.
  const nodes = [await exactNode('oldest'), await exactNode(22)]
  await all(
    'Runs',
    nodes.flatMap((node) => executions(home, node)),
  )
}

/** @param {keyof typeof PINS} pin */
async function exactNode(pin) {
  return { path: await fetchNode(pin), version: PINS[pin] }
}

/** @param {Board} board */
async function checkPages(board, home, chromium) {
  await inPairs(
    BUNDLERS.map((name) => () => board.check('Pages', `${name} bundles`, () => bundlePage(home, name))),
  )
  const router = await startRouter(home)
  const browser = await launch(chromium)
  try {
    for (const name of BUNDLERS)
      await board.check('Pages', `${name}, in Chromium`, () => askPage(browser, router.url, name))
  } finally {
    await browser.close()
    await router.stop()
  }
}

async function checkAll(board, home, chromium) {
  const built = await board.check('Build', 'twice, from clean copies', () => buildTwice(home))
  if (built === undefined) return undefined
  await checkTarballs(board, built)
  const installs = ['node', 'worker', 'browser'].map((name) => () => {
    const install = () => installProject(name, join(home, name), built.tarballs)
    return board.check('Installation', `npm install of consumers/${name}`, install)
  })
  await inPairs(installs)
  if (board.failed.some((row) => row.group === 'Installation')) return built.tarballs
  await checkPrograms(board, home)
  await checkPages(board, home, chromium)
  return built.tarballs
}

/**
 * Checks everything, in a directory of its own, after `prepareWorkspace()` and `prepareTools()`.
 *
 * @param {Board} board
 * @param {(tarballs: { name: string, path: string }[]) => Promise<void> | void} [use] what was checked, before it is deleted
 */
export async function checkArtefact(board, use) {
  const chromium = await findChromium()
  const home = mkdtempSync(join(realpathSync(tmpdir()), 'nomyo-artefact-'))
  try {
    const tarballs = await checkAll(board, home, chromium)
    if (tarballs !== undefined) await use?.(tarballs)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await prepareTools()
  const board = new Board()
  await checkArtefact(board)
  board.conclude()
})
