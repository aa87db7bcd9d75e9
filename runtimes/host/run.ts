/** One runtime from its start to its end, however that comes. */
import { mkdirSync } from 'node:fs'
import { CASES } from '../suite/cases.ts'
import { titleOf, type Report, type Result } from '../suite/harness.ts'
import type { Runtime } from '../support.ts'
import { launch } from './launch.ts'
import type { Launch } from './running.ts'
import type { Outcome } from './table.ts'

/** ms for one runtime. */
const TIME_LIMIT = 240_000

const listeners = new Map<Runtime, (report: Report) => void>()

/** Takes what a runtime tells. */
export function hear(runtime: Runtime, report: Report): void {
  listeners.get(runtime)?.(report)
}

/** Runs the suite in one runtime. Never rejects. */
export async function runOne(task: Omit<Launch, 'path'>): Promise<Outcome> {
  const began = performance.now()
  const { runtime, config, directory } = task
  const results: Result[] = []
  const program = config.programs[runtime] ?? { failure: 'It was not looked for.' }
  if ('failure' in program)
    return { runtime, version: 'missing', results, failure: program.failure, seconds: 0 }
  mkdirSync(directory, { recursive: true })
  const whole = listen(runtime, results)
  const { version, failure } = await superviseLaunch({ ...task, path: program.path }, whole)
  const seconds = (performance.now() - began) / 1000
  return { runtime, version, results, failure: failure ?? strayIn(results), seconds }
}

/** Collects results. Resolves when the runtime has done everything, or with the reason why it cannot. */
async function listen(runtime: Runtime, results: Result[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    let current = 'nothing'
    listeners.set(runtime, (report) => {
      if ('started' in report) current = report.started
      else if ('result' in report) results.push(report.result)
      else resolve('failed' in report ? `In the midst of "${current}": ${report.failed}` : undefined)
    })
  })
}

async function superviseLaunch(
  task: Launch,
  whole: Promise<string | undefined>,
): Promise<Pick<Outcome, 'version' | 'failure'>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`It was not done after ${TIME_LIMIT} ms.`), TIME_LIMIT)
  })
  try {
    const { version, ended, stop } = await launch(task)
    const failure = await Promise.race([whole, ended, late])
    await stop()
    return { version, failure }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    return { version: 'unknown', failure: `It could not be started or stopped: ${words}` }
  } finally {
    clearTimeout(timer)
  }
}

/** Whether it told of each case once, and of nothing else. */
function strayIn(results: readonly Result[]): string | undefined {
  const [told, known] = [results.map(({ name }) => name), CASES.map(titleOf)]
  const missing = known.filter((name) => told.filter((one) => one === name).length !== 1)
  const unknown = told.filter((name) => !known.includes(name))
  if (missing.length + unknown.length === 0) return undefined
  return `It did not tell of each case once: ${[...missing, ...unknown].join('; ')}`
}
