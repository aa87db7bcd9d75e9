/** Runs the suite in every runtime that is wanted, and says what came of it: `main.mjs <config.json>`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { RUNTIMES, type Runtime } from '../support.ts'
import { API_KEY, type Addresses } from './addresses.ts'
import { startChild } from './child.ts'
import type { Config } from './config.ts'
import { foreignKeys, selfSigned } from './openssl.ts'
import { hear, runOne } from './run.ts'
import { startSite, type Site } from './site.ts'
import { printFailures, printSupport, printTable, totalOf, type Outcome } from './table.ts'

const config = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Config
const directoryOf = (runtime: Runtime): string => join(config.scratch, runtime)

/** The site and the router, and what runtimes are told of them. */
async function start(): Promise<{ site: Site; stop: () => Promise<void> }> {
  const [keys, certificate, nowhere] = await Promise.all([
    foreignKeys(config),
    selfSigned(config),
    closedPort(),
  ])
  let addresses: Addresses
  const site = await startSite({
    vectors: config.vectors,
    page: join(config.built, 'page'),
    onReport: hear,
    contextFor: (runtime) => ({
      ...{ runtime, nowhere, apiKey: API_KEY, foreignKeys: keys, directory: directoryOf(runtime) },
      ...{ refusalOfBundler: config.refusalOfBundler, openssl: config.openssl, ...addresses },
    }),
  })
  const { cert, key } = certificate
  const args = [join(config.built, 'router.mjs'), join(config.vectors, 'v1.json'), cert, key, site.origin]
  const router = startChild(process.execPath, args)
  addresses = JSON.parse(await router.firstLine) as Addresses
  return { site, stop: async () => void (site.close(), await router.stop()) }
}

async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://localhost:${port}`
}

const { site, stop } = await start()
const outcomes: Outcome[] = []

/** Takes runtimes from the list until none is left. */
async function work(left: Runtime[]): Promise<void> {
  for (let runtime = left.shift(); runtime !== undefined; runtime = left.shift()) {
    const outcome = await runOne({ runtime, site, config, directory: directoryOf(runtime) })
    outcomes.push(outcome)
    const { passed, failed } = totalOf(outcome)
    console.log(`${runtime} ${outcome.version}: ${passed} passed, ${failed} failed`)
  }
}

// Two at a time: much of a run is waiting.
const left = [...config.wanted]
await Promise.all([work(left), work(left)])
outcomes.sort((a, b) => RUNTIMES.indexOf(a.runtime) - RUNTIMES.indexOf(b.runtime))
await stop()
writeFileSync(join(config.scratch, 'outcomes.json'), JSON.stringify(outcomes, null, 2))
printFailures(outcomes)
printTable(outcomes)
printSupport()
const totals = outcomes.map(totalOf)
const failed = totals.reduce((sum, total) => sum + total.failed, 0)
console.log(`\n${totals.reduce((sum, total) => sum + total.passed, 0)} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
