/** Runs every case with every SDK over every protocol, and prints what came of it as tables. */
import { writeFileSync } from 'node:fs'
import { CASES, type Case } from './cases.ts'
import { aiCompatible, aiOpenAI } from './sdks/ai.ts'
import { langchain } from './sdks/langchain.ts'
import { askAgent } from './sdks/mastra.ts'
import { openai } from './sdks/openai.ts'
import type { Sdk } from './sdks/sdk.ts'
import { ANSWER, CITY, PROMPT } from './support/markers.ts'
import { inClear, inTopology, type Protocol } from './support/topology.ts'

const SDKS: readonly Sdk[] = [openai, aiCompatible, aiOpenAI, langchain]
const PROTOCOLS = (process.env['PROTOCOLS'] ?? '1.0,2.0').split(',') as Protocol[]
/** ms; an SDK that hangs must not hang the run. */
const TIME_LIMIT = 60_000

interface Result {
  readonly name: string
  readonly error: unknown
}

const results: Result[] = []
const only = process.argv[2]

// An SDK that drops a promise would pass its case and end its user's process.
process.on('unhandledRejection', (error) => results.push({ name: 'a rejection that nobody handled', error }))

async function attempt(name: string, run: () => Promise<void>): Promise<string> {
  if (only !== undefined && !name.includes(only)) return ''
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${TIME_LIMIT} ms`)), TIME_LIMIT)
  })
  try {
    await Promise.race([run(), late])
    results.push({ name, error: undefined })
    return '✓'
  } catch (error) {
    results.push({ name, error })
    return '✗'
  } finally {
    clearTimeout(timer)
  }
}

/** Without our fetch the proxy must see all of it: else that it sees nothing would prove nothing. */
const control: Case = async (sdk) => {
  const leaks = await inClear(async (target) => {
    await sdk.plain(target, { prompt: PROMPT })
    await sdk.schema(target, { prompt: PROMPT })
  })
  if (leaks.join() !== [PROMPT, ANSWER, CITY].join()) throw new Error(`the proxy saw only ${leaks.join()}`)
}

async function matrix(protocol: Protocol): Promise<void> {
  const rows: Record<string, Record<string, string>> = {}
  for (const [title, run] of Object.entries({ 'proxy sees plaintext without us': control, ...CASES })) {
    rows[title] = {}
    for (const sdk of SDKS) {
      rows[title][sdk.name] = await attempt(`${protocol} ${title}: ${sdk.name}`, () => run(sdk, protocol))
    }
  }
  rows['one call of an agent'] = {
    mastra: await attempt(`${protocol} one call: mastra`, () => agent(protocol)),
  }
  if (protocol === '2.0') Object.assign(rows, await beyondChat())
  print(`Protocol ${protocol}`, rows)
}

async function agent(protocol: Protocol): Promise<void> {
  await inTopology(protocol, {}, async (topology) => {
    const text = await askAgent(topology, { prompt: PROMPT })
    if (!text.startsWith(ANSWER)) throw new Error(`another answer: ${text}`)
  })
}

async function beyondChat(): Promise<Record<string, Record<string, string>>> {
  const rows: Record<string, Record<string, string>> = {}
  for (const sdk of SDKS) {
    for (const [title, run] of Object.entries(sdk.beyondChat ?? {})) {
      const check = (): Promise<void> =>
        inTopology('2.0', {}, async (topology) => {
          const said = JSON.stringify(await run(topology, { prompt: PROMPT }))
          const isRight = /^(responses|completions|upload)/.test(title)
            ? said.includes(ANSWER) && said.includes(PROMPT)
            : /^(\[0\.25,-0\.5,1\]|"test-model")$/.test(said)
          if (!isRight) throw new Error(`another answer: ${said}`)
        })
      rows[title] = { ...rows[title], [sdk.name]: await attempt(`2.0 ${title}: ${sdk.name}`, check) }
    }
  }
  return rows
}

function print(title: string, rows: Record<string, Record<string, string>>): void {
  const columns = [...SDKS.map(({ name }) => name), 'mastra']
  const width = Math.max(...Object.keys(rows).map(({ length }) => length))
  console.log(`\n${title.padEnd(width)}  ${columns.join('  ')}`)
  for (const [name, cells] of Object.entries(rows)) {
    console.log(
      `${name.padEnd(width)}  ${columns.map((column) => (cells[column] ?? '').padEnd(column.length)).join('  ')}`,
    )
  }
}

for (const protocol of PROTOCOLS) await matrix(protocol)
const failed = results.filter(({ error }) => error !== undefined)
for (const { name, error } of failed) console.log(`\nFAILED ${name}\n`, error)
const tally = { passed: results.length - failed.length, failed: failed.length, skipped: [] }
if (process.env['TALLY'] !== undefined) writeFileSync(process.env['TALLY'], JSON.stringify(tally))
console.log(`\n${tally.passed} passed, ${tally.failed} failed, 0 skipped`)
process.exit(failed.length > 0 ? 1 : 0)
