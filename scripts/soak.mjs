/**
 * `npm run soak`: 50,000 calls, 32 at once, over both protocols, to a router in its own process, whose key changes every
 * 1,000 calls and the client's every 5,000; 1 % of the calls meet a fault, and the router is restarted once. What must
 * hold is in packages/client/test/soak/judge.ts. `-- --calls 2500 --every 250` is shorter, with the router's key
 * changed every 250 calls and the client's every 1,250; `--seed 7` gives the same faults to the same calls again.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { Failure, main, root, run } from './command.mjs'
import { prepareWorkspace } from './pnpm.mjs'

const PROGRAM = join(root, '.cache/soak/soak.mjs')
const WIDTH = 32
const FAULT_SHARE = 0.01
const CLIENT_KEY_EVERY = 5

function readNumbers(args) {
  const options = /** @type {const} */ ({
    calls: { type: 'string', default: '50000' },
    every: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  })
  const { calls, every, seed } = parse(args, options)
  const numbers = { calls: Number(calls), routerKeyEvery: Number(every), seed: Number(seed) }
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Failure(`${name}: ${value} is no whole number from 1.`)
  }
  const clientKeyEvery = CLIENT_KEY_EVERY * numbers.routerKeyEvery
  return { ...numbers, clientKeyEvery, width: WIDTH, faultShare: FAULT_SHARE }
}

function parse(args, options) {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new Failure(error.message)
  }
}

await main(import.meta.url, async () => {
  const numbers = readNumbers(process.argv.slice(2))
  await prepareWorkspace()
  // The command, which is the router.
  await build()
  const { bundleFromSources } = await import('./from-sources.mjs')
  await bundleFromSources(join(root, 'packages/client/test/soak/soak.ts'), PROGRAM)
  const dir = await mkdtemp(join(tmpdir(), 'nomyo-soak-'))
  try {
    const bin = join(root, 'packages/cli/dist/bin.js')
    const argument = JSON.stringify({ ...numbers, bin, dir })
    const { code } = await run(process.execPath, ['--expose-gc', PROGRAM, argument])
    if (code !== 0) throw new Failure('The soak is red.')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
