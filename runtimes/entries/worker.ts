/** workerd: one request runs the suite, and others are part of it. */
import { CASES } from '../suite/cases.ts'
import type { Context } from '../suite/context.ts'
import { PHASES, runCases } from '../suite/harness.ts'
import { serveOne } from '../suite/surroundings.ts'
import { contextFrom, reporterTo } from './reporting.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, origin } = new URL(request.url)
    if (pathname === '/one') return new Response(await serveOne((await request.json()) as Context))
    const { host, runtime } = (await request.json()) as { host: string; runtime: string }
    const tell = reporterTo(host, runtime)
    const context = await contextFrom(host, runtime)
    await runCases(CASES, PHASES, { ...context, ownAddress: origin }, tell)
    await tell({ done: true })
    return new Response()
  },
}
