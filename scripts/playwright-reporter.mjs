import { relative } from 'node:path'
import { root } from './command.mjs'
import { writeOutcomes } from './outcomes.mjs'
import { writeTally } from './tally.mjs'

const reasonOf = (test) =>
  test.annotations.find(({ type, description }) => description && (type === 'skip' || type === 'fixme'))
    ?.description

const STATES = { expected: 'passed', flaky: 'passed', unexpected: 'failed', skipped: 'skipped' }

// The path of titles begins with an empty one, the project and the file.
const outcomeOf = (test) => [
  relative(root, test.location.file),
  test.titlePath().slice(3).join(' > '),
  STATES[test.outcome()],
]

/** Counts tests, and with them whatever else went wrong: a file that did not load, a worker that died. */
export default class TallyReporter {
  #errors = 0
  #suite

  onBegin(_config, suite) {
    this.#suite = suite
  }

  onError() {
    this.#errors++
  }

  onEnd() {
    const tests = this.#suite?.allTests() ?? []
    const inState = (...states) => tests.filter((test) => states.includes(test.outcome()))
    writeTally('playwright', {
      passed: inState('expected', 'flaky').length,
      failed: inState('unexpected').length + this.#errors,
      skipped: inState('skipped').map((test) => ({
        test: `[playwright] ${test.titlePath().filter(Boolean).join(' > ')}`,
        reason: reasonOf(test) ?? 'no reason given',
      })),
    })
    writeOutcomes('playwright', tests.map(outcomeOf))
  }

  // The list reporter beside this one does the talking.
  printsToStdio() {
    return false
  }
}
