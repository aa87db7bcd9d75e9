/**
 * `npm run test:integrations`: the SDKs that our users have, over our fetch, from packed tarballs.
 *
 * They are installed outside the workspace, at the exact versions in integrations/package.json, by npm and with a Node
 * that they run on. `npm run test:integrations -- openai` runs the cases with that in their names.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { Failure, main, root, run } from './command.mjs'
import { copyAnew, installOnce } from './installed-copy.mjs'
import { findNode } from './newer-node.mjs'
import { pack } from './pack.mjs'
import { prepareWorkspace } from './pnpm.mjs'

const HOME = join(root, '.cache/integrations')
const PROJECT = join(HOME, 'project')
const SOURCE = join(root, 'integrations')
const PACKAGES = ['core', 'client', 'router']

/** Telemetry and tracing would send what the tests say to a stranger, or try to. */
const QUIET = { MASTRA_TELEMETRY_DISABLED: '1', LANGSMITH_TRACING: 'false', LANGCHAIN_TRACING_V2: 'false' }

/** Installs the SDKs and our tarballs, unless that is what is installed already. */
async function install(node, tarballs) {
  const manifest = readFileSync(join(SOURCE, 'package.json'))
  await installOnce(PROJECT, { manifest, tarballs }, () => {
    console.log('Installing the SDKs …')
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--no-save']
    // Types for Node are what the workspace has.
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const types = `@types/node@${devDependencies['@types/node']}`
    return node.npm(['install', ...flags, ...tarballs, types], PROJECT)
  })
}

/** The examples in the documentation, for the same type check. */
function copyExamples() {
  const text = readFileSync(join(root, 'docs/integrations.md'), 'utf8')
  const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1])
  if (examples.length < 5) throw new Failure('docs/integrations.md has lost its examples.')
  const folder = join(PROJECT, 'documented')
  mkdirSync(folder)
  examples.forEach((code, i) => writeFileSync(join(folder, `example-${i + 1}.ts`), code))
  console.log(`Compiling the ${examples.length} examples of docs/integrations.md`)
}

async function checkTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { code, output } = await run(process.execPath, [tsc, '-p', PROJECT], { capture: true })
  if (code !== 0)
    throw new Failure(`${output}\n\nOur fetch does not fit the SDKs' types (tsc exited with ${code}).`)
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await build()
  mkdirSync(PROJECT, { recursive: true })
  const [node, tarballs] = [await findNode(22), await pack(PACKAGES, join(HOME, 'tarballs'))]
  copyAnew(SOURCE, PROJECT)
  copyExamples()
  await install(node, tarballs)
  await checkTypes()
  console.log(`Running with Node ${node.version}`)
  const args = ['--disable-warning=ExperimentalWarning', join(PROJECT, 'run.ts'), ...process.argv.slice(2)]
  const { code } = await run(node.path, args, { env: { ...process.env, ...QUIET } })
  process.exitCode = code
})
