/**
 * `npm run test:examples`: installs each of examples/ from packed tarballs, builds it, looks into what a browser would
 * get, and runs it against a local router. `npm run test:examples -- hono nuxt` does only those.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { spawn } from 'node:child_process'
import { build } from './build.mjs'
import { Failure, main, root, run } from './command.mjs'
import { freePort } from './free-port.mjs'
import { copyAnew, installOnce } from './installed-copy.mjs'
import { findNode } from './newer-node.mjs'
import { pack } from './pack.mjs'
import { prepareWorkspace } from './pnpm.mjs'

const HOME = join(root, '.cache/examples')
const QUESTION = 'Is this example alive?'
/** What the router's embedded responder says of the question, among other things. */
const PROOF = createHash('sha256').update(QUESTION).digest('hex')
const WORKERD = 'workerd@1.20261117.1'
/** ms for one server to come up. */
const PATIENCE = 60_000

/**
 * @typedef {object} Stage
 * @property {string} folder the installed copy
 * @property {Awaited<ReturnType<typeof findNode>>} node
 * @property {NodeJS.ProcessEnv} env for what is run
 * @property {number} port where it shall listen
 */

/** What each example is: how it is built, where its browser's files lie, how it is started, and where it is asked. */
const EXAMPLES = {
  'hono': { start: () => ['src/server.ts'], ask: '/chat' },
  'cloudflare-worker': { build: bundleWorker, client: 'dist', startWith: startWorkerd, ask: '/' },
  'nextjs': {
    build: (stage) => runTool(stage, 'next/dist/bin/next', ['build']),
    client: '.next/static',
    start: ({ port }) => ['node_modules/next/dist/bin/next', 'start', '-p', String(port)],
    ask: '/api/chat',
  },
  'nuxt': {
    build: (stage) => runTool(stage, 'nuxt/bin/nuxt.mjs', ['build']),
    client: '.output/public',
    start: () => ['.output/server/index.mjs'],
    ask: '/api/chat',
  },
  'sveltekit': {
    build: (stage) => runTool(stage, 'vite/bin/vite.js', ['build']),
    client: 'build/client',
    start: () => ['build/index.js'],
    ask: '/api/chat',
  },
}

async function install(name, tarballs, node) {
  const folder = join(HOME, name)
  copyAnew(join(root, 'examples', name), folder)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  // Ours are not on the registry yet at this version, or not this build of it.
  manifest.overrides = Object.fromEntries(tarballs.map(({ name: own, path }) => [own, `file:${path}`]))
  for (const own of Object.keys(manifest.dependencies)) {
    if (own in manifest.overrides) manifest.dependencies[own] = manifest.overrides[own]
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  const extra = name === 'cloudflare-worker' ? [WORKERD] : []
  const wanted = { manifest: JSON.stringify([manifest, extra]), tarballs: tarballs.map(({ path }) => path) }
  // Build scripts are needed here: workerd and others put their binaries in place with them.
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--no-save']
  await installOnce(folder, wanted, () => node.npm(['install', ...flags, ...extra], folder))
  return folder
}

async function runTool({ folder, node, env }, tool, args) {
  const { code, output } = await run(node.path, [join(folder, 'node_modules', tool), ...args], {
    ...{ cwd: folder, capture: true, env, timeout: 300_000 },
  })
  if (code !== 0) throw new Failure(`${output}\n\n${tool} exited with ${code}.`)
}

async function bundleWorker({ folder }) {
  const { build: bundle } = await import('esbuild')
  await bundle({
    ...{ entryPoints: [join(folder, 'src/worker.ts')], outfile: join(folder, 'dist/worker.js') },
    ...{ bundle: true, format: 'esm', platform: 'browser', target: 'es2022', conditions: ['worker'] },
    ...{ logLevel: 'silent', minify: true },
  })
}

function startWorkerd({ folder, port, env }) {
  const text = (name) => `(name = "${name}", text = "${env[name]}")`
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "dist/worker.js")],
  compatibilityDate = "2026-01-01",
  bindings = [${['NOMYO_BASE_URL', 'NOMYO_ALLOW_HTTP'].map(text).join(', ')}],
);
`,
  )
  const program = createRequire(join(folder, 'package.json')).resolve('workerd')
  return [join(program, '../../bin/workerd'), ['serve', 'config.capnp']]
}

/** Nothing of Node, and no key material, in what a browser gets. */
function checkBundle(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => /\.m?js$/.test(file))
  if (files.length === 0) throw new Failure(`there is no JavaScript in ${folder}`)
  for (const file of files) {
    const code = readFileSync(join(folder, file), 'utf8')
    const found =
      /(?:from|import|import\()\s*["'`]node:|\brequire\(["'](?:fs|crypto|path)["']\)|BEGIN (?:ENCRYPTED )?PRIVATE KEY-----\n/.exec(
        code,
      )
    if (found) throw new Failure(`${String(file)} holds ${found[0]}`)
  }
}

function start(command, args, options) {
  const child = spawn(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const stop = () => {
    try {
      if (process.platform === 'win32') child.kill()
      else if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  process.once('exit', stop)
  return { child, stop, output: () => output }
}

/** Asks until the server is up. */
async function until(url, server, init) {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    try {
      return await fetch(url, init)
    } catch (error) {
      if (performance.now() > deadline || server.child.exitCode !== null) {
        throw new Failure(`${server.output()}\n\nNothing answers at ${url}: ${error.message}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function ask({ port, env, node, folder }, example) {
  const [command, args] = example.startWith?.({ folder, port, env }) ?? [node.path, example.start({ port })]
  const server = start(command, args, { cwd: folder, env })
  try {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ question: QUESTION }) }
    const response = await until(`http://localhost:${port}${example.ask}`, server, init)
    const text = await response.text()
    if (!text.includes(PROOF)) throw new Failure(`${server.output()}\n\n${response.status}: ${text}`)
  } finally {
    server.stop()
  }
}

async function startRouter() {
  const port = await freePort()
  const args = ['router', '--port', String(port), '--key-dir', join(HOME, 'router_keys')]
  const server = start(process.execPath, [join(root, 'packages/cli/dist/bin.js'), ...args], { cwd: root })
  await until(`http://localhost:${port}/health`, server)
  return { server, url: `http://localhost:${port}` }
}

async function testOne(name, tarballs, node, routerURL) {
  const example = EXAMPLES[name]
  const folder = await install(name, tarballs, node)
  const port = await freePort()
  const env = {
    ...process.env,
    ...{ NOMYO_BASE_URL: routerURL, NOMYO_ALLOW_HTTP: '1', PORT: String(port), HOST: '127.0.0.1' },
    ...{ NEXT_TELEMETRY_DISABLED: '1', NUXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', CI: 'true' },
    ...{
      ORIGIN: `http://localhost:${port}`,
      NO_COLOR: '1',
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    },
  }
  const stage = { folder, node, env, port }
  // A build must not need a router: an address where nothing is would show in an error.
  await example.build?.({ ...stage, env: { ...env, NOMYO_BASE_URL: 'https://nothing.invalid' } })
  if (example.client !== undefined) checkBundle(join(folder, example.client))
  await ask(stage, example)
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await build()
  mkdirSync(HOME, { recursive: true })
  const node = await findNode(22)
  const packed = await pack(['core', 'client', 'keystore-pem', 'keystore-indexeddb'], join(HOME, 'tarballs'))
  const tarballs = packed.map((path) => ({
    path,
    name: basename(path).replace(/^nomyo-(.*)-\d.*$/, '@nomyo/$1'),
  }))
  const wanted = process.argv.slice(2)
  const names = Object.keys(EXAMPLES).filter((name) => wanted.length === 0 || wanted.includes(name))
  const router = await startRouter()
  const failures = []
  for (const name of names) {
    const began = performance.now()
    const error = await testOne(name, tarballs, node, router.url).then(
      () => undefined,
      (reason) => reason,
    )
    if (error !== undefined) failures.push({ name, error })
    const word = error === undefined ? 'built, and answered' : 'FAILED'
    console.log(`${name.padEnd(18)} ${word} after ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }
  router.server.stop()
  for (const { name, error } of failures)
    console.log(`\n${name}:\n${error instanceof Failure ? error.message : error.stack}`)
  console.log(`\n${names.length - failures.length} passed, ${failures.length} failed, 0 skipped`)
  if (failures.length > 0) process.exitCode = 1
})
