/**
 * A test harness for every runtime: cases in a list, run in order, and told one by one to whoever listens. It asks of
 * a runtime nothing but promises.
 */
import { SUPPORT, type FailureOf, type Feature, type Group, type Runtime } from '../support.ts'
import type { Context } from './context.ts'

/** When a case runs: pages are loaded, reloaded, and then left for one that is no secure context. */
export type Phase = (typeof PHASES)[number]

export const PHASES = ['first', 'reloaded', 'insecure'] as const

/** Something that must be so. It is if this returns. */
export type Check = (context: Context) => Promise<void> | void

/** One row of the suite. */
export interface Case {
  readonly group: Group
  readonly name: string
  readonly phase: Phase
  /** What must be so in this runtime: that it works, or how it fails. */
  readonly checkFor: (runtime: Runtime) => Check
  /** The feature without which it fails; undefined for what must work everywhere. */
  readonly feature: Feature | undefined
}

/** What came of a case. */
export interface Result {
  readonly name: string
  readonly ms: number
  /** Why it failed. */
  readonly error?: string
}

/** What a runtime tells while it works: what it starts, what came of it, and that it has done everything, or cannot. */
export type Report =
  | { readonly started: string }
  | { readonly result: Result }
  | { readonly done: true }
  | { readonly failed: string }

/** ms; generating a key of 4096 bits takes up to ten seconds, and machines are shared. */
const TIME_LIMIT = 60_000

/** A case that must pass everywhere. */
export function everywhere(group: Group, name: string, check: Check): Case {
  return { group, name, phase: 'first', checkFor: () => check, feature: undefined }
}

/** A case that passes where the table says that a feature works, and elsewhere fails as the table says. */
export function where<F extends Feature>(
  feature: F,
  group: Group,
  name: string,
  works: Check,
  otherwise: Readonly<Record<FailureOf<F>, Check>>,
  phase: Phase = 'first',
): Case {
  const checks: Readonly<Record<string, Check>> = { works, ...otherwise }
  return { group, name, phase, checkFor: (runtime) => checks[SUPPORT[feature][runtime]]!, feature }
}

/** The name under which a case is told of. */
export const titleOf = ({ group, name }: Case): string => `${group}: ${name}`

/** Runs the cases of these phases, one after another. */
export async function runCases(
  cases: readonly Case[],
  phases: readonly Phase[],
  context: Context,
  tell: (report: Report) => Promise<void>,
): Promise<void> {
  for (const one of cases.filter(({ phase }) => phases.includes(phase))) {
    const name = titleOf(one)
    await tell({ started: name })
    const start = performance.now()
    const error = await failureOf(one.checkFor(context.runtime), context)
    const ms = Math.round(performance.now() - start)
    await tell({ result: { name, ms, ...(error === undefined ? {} : { error }) } })
  }
}

async function failureOf(check: Check, context: Context): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${TIME_LIMIT} ms`)), TIME_LIMIT)
  })
  try {
    await Promise.race([check(context), late])
    return undefined
  } catch (error) {
    return wordsOf(error)
  } finally {
    clearTimeout(timer)
  }
}

/** An error in full: some engines leave the message out of the stack. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { stack = '', message } = error
  return stack.includes(message) ? stack : `${error.name}: ${message}\n${stack}`
}
