/** Browsers: the page runs the suite's first part, reloads itself, and goes on to where it is no secure context. */
import { CASES } from '../suite/cases.ts'
import { runCases, type Phase } from '../suite/harness.ts'
import { contextFrom, INSECURE_ORIGIN, reporterTo } from './reporting.ts'

const { origin, pathname } = location
const runtime = pathname.split('/')[2]!
const phase = (isSecureContext ? (sessionStorage.getItem('phase') ?? 'first') : 'insecure') as Phase
const context = await contextFrom(origin, runtime)
const tell = reporterTo(origin, runtime)

const next: Record<Phase, () => Promise<void> | void> = {
  first: () => {
    sessionStorage.setItem('phase', 'reloaded')
    location.reload()
  },
  reloaded: () => location.assign(INSECURE_ORIGIN + pathname),
  insecure: () => tell({ done: true }),
}

await runCases(CASES, [phase], context, tell)
await next[phase]()
