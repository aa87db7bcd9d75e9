/** What `nomyo doctor` makes of what it sees, where no other process is needed for it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { clockFinding } from '../src/doctor/clock.ts'
import { environmentFindings } from '../src/doctor/environment.ts'
import type { Finding } from '../src/doctor/finding.ts'
import { nodeFindings, tlsFindings } from '../src/doctor/runtime.ts'
import { sourceFindings } from '../src/doctor/sources.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'

afterAll(removeDirectories)

/** What is not ok, each of which must say how it is mended. */
function bad(findings: readonly Finding[]): readonly string[] {
  const notOk = findings.filter(({ level }) => level !== 'ok')
  for (const { mend } of notOk) expect(mend).toMatch(/\S/)
  return notOk.map(({ check, level }) => `${check} ${level}`)
}

test.for([
  ['20.18.3', ['node problem']],
  ['18.20.0', ['node problem']],
  ['20.19.0', []],
  ['22.1.0', []],
] as const)('Node %s', ([version, expected]) => {
  expect(bad(nodeFindings(version))).toEqual(expected)
})

test.for<readonly [Record<string, string>, readonly string[]]>([
  [{}, []],
  [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, ['certificates problem']],
  [{ NODE_TLS_REJECT_UNAUTHORIZED: '1' }, []],
  [{ NODE_EXTRA_CA_CERTS: '/none.pem' }, ['authorities warning']],
  [{ NODE_OPTIONS: '--tls-keylog=/tmp/keys' }, ['tls problem']],
])('TLS with %j', ([env, expected]) => {
  expect(bad(tlsFindings(env))).toEqual(expected)
})

test('NODE_EXTRA_CA_CERTS is said', () => {
  const file = join(import.meta.dirname, 'doctor.test.ts')
  const said = tlsFindings({ NODE_EXTRA_CA_CERTS: file }).find(({ check }) => check === 'authorities')
  expect(said).toMatchObject({ level: 'ok', message: expect.stringContaining(file) as string })
})

test.for<readonly [Record<string, string>, readonly string[]]>([
  [{}, []],
  [{ LANGSMITH_TRACING: 'true' }, ['langsmith problem']],
  [{ LANGCHAIN_TRACING_V2: 'True' }, ['langsmith problem']],
  [{ LANGSMITH_TRACING: 'false' }, []],
  [{ LANGSMITH_TRACING: 'true', LANGSMITH_HIDE_INPUTS: 'true' }, ['langsmith problem']],
  [
    { LANGSMITH_TRACING: 'true', LANGSMITH_HIDE_INPUTS: 'true', LANGCHAIN_HIDE_OUTPUTS: 'true' },
    ['langsmith warning'],
  ],
  [{ OPENAI_LOG: 'debug' }, ['logs warning']],
  [{ OPENAI_LOG: 'warn' }, []],
  [{ AI_GATEWAY_API_KEY: 'vck-secret' }, ['gateway warning']],
  [{ VERCEL_OIDC_TOKEN: 'vck-secret' }, ['gateway warning']],
  [{ NOMYO_API_KEY: 'sk-secret' }, []],
  [{ NOMYO_API_KEY: 'sk-secret\n' }, ['api key problem']],
  [{ NOMYO_API_KEY: '' }, []],
])('the environment with %j', ([env, expected]) => {
  const findings = environmentFindings(env)
  expect(bad(findings)).toEqual(expected)
  expect(JSON.stringify(findings)).not.toContain('secret')
})

test.for<readonly [number | undefined, RegExp, readonly string[]]>([
  [0, /agree/, []],
  [-30_000, /agree/, []],
  [61_000, /61 s behind/, ['clock warning']],
  [-301_000, /301 s ahead of/, ['clock problem']],
  [undefined, /not compared/, ['clock warning']],
])('a router that is %d ms ahead', ([offset, words, expected]) => {
  const finding = clockFinding(offset)
  expect(finding.message).toMatch(words)
  expect(bad([finding])).toEqual(expected)
})

test('models that a project gives the AI SDK as text are found, with file and line', async () => {
  const directory = emptyDirectory()
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text)
  expect(await sourceFindings(directory)).toEqual([]) // no project
  write('package.json', JSON.stringify({ dependencies: { openai: '7' } }))
  write('a.ts', "import { generateText } from 'ai'\n\ngenerateText({ model: 'openai/gpt-5', prompt })\n")
  expect(await sourceFindings(directory)).toEqual([]) // it cannot use it
  write('package.json', JSON.stringify({ dependencies: { ai: '7' } }))
  mkdirSync(join(directory, 'node_modules'))
  write('node_modules/b.ts', "import { x } from 'ai'\nx({ model: 'openai/gpt-5' })\n")
  write('c.ts', "client.create({ model: 'openai/gpt-oss', messages })\n") // not the AI SDK's
  const [finding, ...others] = await sourceFindings(directory)
  expect(others).toEqual([])
  expect(bad([finding!])).toEqual(['gateway warning'])
  expect(finding!.message).toMatch(/: a\.ts:3\.$/)
  write('a.ts', "import { generateText } from 'ai'\ngenerateText({ model: nomyo('Qwen/Qwen3-0.6B') })\n")
  expect(bad(await sourceFindings(directory))).toEqual([])
})
