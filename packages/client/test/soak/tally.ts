/** What came of the calls, and whether each outcome has its reason. */
import { ONCE } from '../faults/expected.ts'
import { outcomesIn, WAYS, type Way } from '../faults/matrix.ts'

/** What may come of a call that was under way while the router was away, besides its answer. */
const WHILE_AWAY = ['connection_failed', 'timeout', 'stream_truncated']
/** Unexplained ones that are kept to be shown. */
const MAX_SHOWN = 20

/** One call that has ended. */
export interface Ended {
  readonly index: number
  readonly way: Way
  readonly fault: string | undefined
  readonly outcome: string
  readonly wasAway: boolean
}

/** The outcomes that a call may have. */
export function explained({
  way,
  fault,
  wasAway,
}: Pick<Ended, 'way' | 'fault' | 'wasAway'>): readonly string[] {
  return ['answer', ...(wasAway ? WHILE_AWAY : []), ...(fault === undefined ? [] : ofFault(fault, way))]
}

function ofFault(fault: string, way: Way): readonly string[] {
  const column = WAYS.findIndex(
    ({ protocol, streamed }) => protocol === way.protocol && streamed === way.streamed,
  )
  const cell = ONCE.rows.find(([name]) => name === fault)?.[1 + column]
  if (cell === undefined) throw new Error(`No outcome is expected of ${fault}.`)
  return outcomesIn(cell)
}

/** Counts of all that ended. */
export class Tally {
  readonly #outcomes = new Map<string, Map<string, number>>()
  readonly unexplained: string[] = []
  ended = 0
  right = 0
  faults = 0
  /** Under way while the router was away. */
  away = 0

  add(ended: Ended): void {
    const { index, fault, outcome, wasAway } = ended
    this.ended++
    if (outcome === 'answer') this.right++
    if (wasAway) this.away++
    if (fault !== undefined) this.faults++
    const why = fault ?? (wasAway ? 'while the router was restarted' : 'no fault')
    const counts = this.#outcomes.get(why) ?? new Map<string, number>()
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    this.#outcomes.set(why, counts)
    if (!explained(ended).includes(outcome) && this.unexplained.length < MAX_SHOWN) {
      this.unexplained.push(`call ${index}, ${why}: ${outcome}`)
    }
  }

  /** One line for each reason: how often, and what came of it. */
  lines(): string[] {
    const names = [...this.#outcomes.keys()]
    const width = Math.max(...names.map((name) => name.length))
    const sums = names.map((name) => [...this.#outcomes.get(name)!.values()].reduce((sum, n) => sum + n, 0))
    const order = names.map((name, i) => ({ name, sum: sums[i]! })).sort((a, b) => b.sum - a.sum)
    return order.map(({ name, sum }) => {
      const counts = [...this.#outcomes.get(name)!].sort(([, one], [, other]) => other - one)
      const words = counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ')
      return `${name.padEnd(width)} ${String(sum).padStart(6)}  ${words}`
    })
  }
}
