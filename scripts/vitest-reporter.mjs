import { writeOutcomes } from './outcomes.mjs'
import { writeTally } from './tally.mjs'

/** Counts tests, and with them whatever else went wrong: files that did not load, hooks, stray errors. */
export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const inState = (state) => tests.filter((test) => test.result().state === state)
    const brokenSuites = suites.filter((suite) => suite.errors().length > 0)
    // A test that never got an answer (the run broke off) did not pass.
    const failed = [...inState('failed'), ...inState('pending'), ...brokenSuites, ...unhandledErrors]
    writeTally('vitest', {
      passed: inState('passed').length,
      failed: failed.length,
      skipped: inState('skipped').map((test) => ({
        test: `[${test.project.name}] ${test.module.relativeModuleId}: ${test.fullName}`,
        reason: test.result().note ?? (test.options.mode === 'todo' ? 'to do' : 'no reason given'),
      })),
      counts: tests.flatMap((test) => test.annotations()).flatMap(countOf),
    })
    writeOutcomes('vitest', tests.map(outcomeOf))
  }
}

/** What a test has counted: `context.annotate('12 vectors', 'count')`. */
const countOf = ({ type, message }) => (type === 'count' ? [message] : [])

function outcomeOf(test) {
  const { state } = test.result()
  return [test.module.relativeModuleId, test.fullName, state === 'pending' ? 'failed' : state]
}
