/**
 * `npm run test:runtimes`: the suite of runtimes/ in every runtime that we support, over the packages as they are
 * installed from packed tarballs. `npm run test:runtimes -- node-22 firefox` runs it in those only.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from './build.mjs'
import { launchFlags } from './chromium.mjs'
import { Failure, main, root, run } from './command.mjs'
import { copyAnew, installOnce } from './installed-copy.mjs'
import { pack } from './pack.mjs'
import { prepareWorkspace } from './pnpm.mjs'
import { findRuntimes, findOpenSSL, RUNTIMES } from './runtime-programs.mjs'

const HOME = join(root, '.cache/runtimes')
const PROJECT = join(HOME, 'project')
const BUILT = join(PROJECT, 'built')
const SCRATCH = join(HOME, 'scratch')
const SOURCE = join(root, 'runtimes')
const PACKAGES = ['core', 'client', 'router', 'keystore-indexeddb', 'keystore-pem']

/** What the workspace has of it: types are checked against these. */
const typesForNode = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies[
  '@types/node'
]

/** Installs our tarballs, and what drives the runtimes, unless that is what is installed already. */
async function install(tarballs) {
  const manifest = JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8'))
  for (const tarball of tarballs) {
    manifest.dependencies[basename(tarball).replace(/^nomyo-(.*)-\d.*$/, '@nomyo/$1')] = `file:${tarball}`
  }
  manifest.devDependencies = { '@types/node': typesForNode }
  writeFileSync(join(PROJECT, 'package.json'), JSON.stringify(manifest, null, 2))
  await installOnce(PROJECT, { manifest: JSON.stringify(manifest), tarballs }, () => {
    console.log('Installing our packages …')
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']
    const shell = process.platform === 'win32'
    return run('npm', ['install', ...flags], { capture: true, cwd: PROJECT, shell })
  })
}

async function checkTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { code, output } = await run(process.execPath, [tsc, '-p', PROJECT], { capture: true })
  if (code !== 0) throw new Failure(`${output}\n\nThe suite’s types do not fit (tsc exited with ${code}).`)
}

/** For programs the packages stay where they are installed; pages and Workers carry them inside. */
async function bundle() {
  const { build: bundleWith } = await import('esbuild')
  const common = { bundle: true, format: 'esm', target: 'es2022', outdir: BUILT, logLevel: 'silent' }
  const entry = (...names) => names.map((name) => join(PROJECT, name))
  const inside = { ...common, platform: 'browser', splitting: true, external: ['node:*'] }
  await Promise.all([
    bundleWith({
      ...{ ...common, platform: 'node', packages: 'external', outExtension: { '.js': '.mjs' } },
      entryPoints: { server: entry('entries/server.ts')[0] },
    }),
    bundleWith({
      ...{ ...common, platform: 'node', packages: 'external', outExtension: { '.js': '.mjs' } },
      entryPoints: { main: entry('host/main.ts')[0], router: entry('host/router.ts')[0] },
    }),
    bundleWith({ ...inside, outdir: join(BUILT, 'page'), entryPoints: entry('entries/page.ts') }),
    bundleWith({
      ...{ ...inside, outdir: join(BUILT, 'worker'), conditions: ['workerd', 'worker', 'browser'] },
      entryPoints: entry('entries/worker.ts'),
    }),
  ]).catch((error) => {
    throw new Failure(`The suite could not be bundled: ${error.message}`)
  })
}

/** What a bundler for pages says to the store of files. @throws Failure if it says nothing. */
async function refusalOfBundler() {
  const { build: bundleWith } = await import('esbuild')
  const stdin = { contents: `import '@nomyo/keystore-pem'`, resolveDir: PROJECT }
  const options = { stdin, bundle: true, platform: 'browser', write: false, logLevel: 'silent' }
  return bundleWith(options).then(
    () => 'nothing',
    (error) => error.message,
  )
}

/** The names after `--`, or all. @throws Failure for one that is not known. */
function wantedRuntimes(names) {
  const unknown = names.find((name) => !RUNTIMES.includes(name))
  if (unknown !== undefined)
    throw new Failure(`There is no runtime ${unknown}: there are ${RUNTIMES.join(', ')}.`)
  return names.length === 0 ? RUNTIMES : names
}

await main(import.meta.url, async () => {
  const wanted = wantedRuntimes(process.argv.slice(2))
  await prepareWorkspace()
  await build()
  const tarballs = await pack(PACKAGES, join(HOME, 'tarballs'))
  mkdirSync(PROJECT, { recursive: true })
  copyAnew(SOURCE, PROJECT)
  await install(tarballs)
  await checkTypes()
  await bundle()
  const openssl = await findOpenSSL()
  const programs = await findRuntimes(wanted)
  rmSync(SCRATCH, { recursive: true, force: true })
  mkdirSync(SCRATCH, { recursive: true, mode: 0o700 })
  const config = {
    ...{ wanted, programs, openssl, built: BUILT, scratch: SCRATCH, chromiumFlags: launchFlags() },
    ...{ refusalOfBundler: await refusalOfBundler(), vectors: join(root, 'packages/core/test-vectors') },
  }
  const file = join(SCRATCH, 'config.json')
  writeFileSync(file, JSON.stringify(config))
  const { code } = await run(process.execPath, [join(BUILT, 'main.mjs'), file])
  process.exitCode = code
})
