/** Node, Bun and Deno: `server.mjs <host> <runtime>`. */
import process from 'node:process'
import { CASES } from '../suite/cases.ts'
import { PHASES, runCases } from '../suite/harness.ts'
import { contextFrom, reporterTo } from './reporting.ts'

const [host, runtime] = process.argv.slice(2) as [string, string]
const context = await contextFrom(host, runtime)
const tell = reporterTo(host, runtime)
await runCases(CASES, PHASES, context, tell)
await tell({ done: true })
// A connection that is kept alive for later use must not keep the process.
process.exit(0)
