/** Runs the suite in every runtime that is wanted, and says what came of it: `main.mjs <config.json>`. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { CASES } from '../suite/cases.ts'
import { titleOf, type Report, type Result } from '../suite/harness.ts'
import type { Runtime } from '../support.ts'
import { API_KEY, type Addresses } from './addresses.ts'
import { startChild } from './child.ts'
import type { Config } from './config.ts'
import { launch } from './launch.ts'
import { foreignKeys, selfSigned } from './openssl.ts'
import { startSite, type Site } from './site.ts'
import { countsOf, printFailures, printSupport, printTable, type Outcome } from './table.ts'

/** ms for one runtime. */
const TIME_LIMIT = 240_000

const config = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Config
const listeners = new Map<Runtime, (report: Report) => void>()

const directoryOf = (runtime: Runtime): string => join(config.scratch, runtime)

/** The site and the router, and what runtimes are told of them. */
async function start(): Promise<{ site: Site; stop: () => Promise<void> }> {
  const [keys, certificate, nowhere] = await Promise.all([
    foreignKeys(config),
    selfSigned(config),
    closedPort(),
  ])
  const vectors = readdirSync(config.vectors).filter((file) => /^v\d+\.json$/.test(file))
  let addresses: Addresses
  const site = await startSite({
    vectors: config.vectors,
    page: join(config.built, 'page'),
    onReport: (runtime, report) => listeners.get(runtime)?.(report),
    contextFor: (runtime) => ({
      ...{ runtime, vectors, nowhere, apiKey: API_KEY, foreignKeys: keys, directory: directoryOf(runtime) },
      ...{ refusalOfBundler: config.refusalOfBundler, openssl: config.openssl, ...addresses },
    }),
  })
  const { cert, key } = certificate
  const args = [join(config.built, 'router.mjs'), join(config.vectors, 'v1.json'), cert, key, site.origin]
  const router = startChild(process.execPath, args)
  addresses = JSON.parse(await router.firstLine) as Addresses
  return { site, stop: async () => void (site.close(), await router.stop()) }
}

/** Runs the suite in one runtime, to its end, however that comes. */
async function runOne(runtime: Runtime, site: Site): Promise<Outcome> {
  const began = performance.now()
  const outcome = { runtime, version: '', results: [] as Result[], failure: undefined as string | undefined }
  const program = config.programs[runtime]
  if (program === undefined || 'failure' in program) {
    return {
      ...outcome,
      version: 'missing',
      failure: program?.failure ?? 'it was not looked for',
      seconds: 0,
    }
  }
  mkdirSync(directoryOf(runtime), { recursive: true })
  let isDone = false
  let current = 'nothing'
  const done = new Promise<string | undefined>((resolve) => {
    const fail = (words: string): void => resolve(words)
    listeners.set(runtime, (report) => {
      if ('started' in report) current = report.started
      else if ('result' in report) outcome.results.push(report.result)
      else if ('failed' in report) fail(report.failed)
      else resolve(void (isDone = true))
    })
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it was not done after ${TIME_LIMIT} ms`), TIME_LIMIT)
  })
  try {
    const running = await launch({
      ...{ runtime, path: program.path, site, config },
      directory: directoryOf(runtime),
    })
    outcome.version = running.version
    const words = await Promise.race([done, late, running.ended])
    if (!isDone) outcome.failure = `${words}\nIts last case was: ${current}`
    await running.stop()
  } catch (error) {
    outcome.failure = `it could not be started: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    clearTimeout(timer)
  }
  return {
    ...outcome,
    failure: outcome.failure ?? strayIn(outcome.results),
    seconds: (performance.now() - began) / 1000,
  }
}

/** Whether it told of each case once, and of nothing else. */
function strayIn(results: readonly Result[]): string | undefined {
  const [told, known] = [results.map(({ name }) => name), CASES.map(titleOf)]
  const missing = known.filter((name) => told.filter((one) => one === name).length !== 1)
  const unknown = told.filter((name) => !known.includes(name))
  if (missing.length + unknown.length === 0) return undefined
  return `it did not tell of each case once: ${[...missing, ...unknown].join('; ')}`
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
for (const runtime of config.wanted) {
  const outcome = await runOne(runtime, site)
  const { works, failsAsStated, wrong } = countsOf(outcome)
  outcomes.push(outcome)
  console.log(`${runtime} ${outcome.version}: ${works + failsAsStated} passed, ${wrong} failed`)
}
await stop()
printFailures(outcomes)
printTable(outcomes)
printSupport()
const failed = outcomes.reduce(
  (sum, outcome) => sum + Math.max(countsOf(outcome).wrong, outcome.failure === undefined ? 0 : 1),
  0,
)
const passed = outcomes
  .map((outcome) => countsOf(outcome))
  .reduce((sum, { works, failsAsStated }) => sum + works + failsAsStated, 0)
console.log(`\n${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
