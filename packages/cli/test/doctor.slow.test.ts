/** `nomyo doctor` as it runs, with real keys and the real `nomyo router`. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair } from '@nomyo/core'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { BIN, runToEnd, skipUnlessBuilt, start, stopAll, type CommandOptions } from './support/command.ts'
import { directoryWithKey, emptyDirectory, removeDirectories } from './support/key-directory.ts'
import {
  directoryOf,
  encryptedPem,
  expectFailure,
  fingerprintOfPem,
  jsonOf,
  PASSWORD,
  privateKeyIn,
  privateKeyPem,
  skipWithoutOpenssl,
} from './support/stored-keys.ts'
import { inTerminal, skipWithoutTerminal } from './support/terminal.ts'
import { closedPort } from './support/upstream.ts'

interface Finding {
  readonly check: string
  readonly level: string
  readonly message: string
  readonly mend?: string
}

interface Report {
  readonly url: string
  readonly problems: number
  readonly warnings: number
  readonly findings: readonly Finding[]
}

const OTHER = `sha256/${Buffer.alloc(32, 7).toString('base64')}`
const hasModes = process.platform !== 'win32'

beforeEach(skipUnlessBuilt)
afterEach(stopAll)
afterAll(removeDirectories)

async function startRouter(): Promise<{ url: string; fingerprint: string }> {
  const router = start(['router', '--port', '0', '--quiet'], { cwd: directoryWithKey() })
  return { url: `http://localhost:${await router.port()}`, fingerprint: await router.fingerprint() }
}

async function doctor(args: readonly string[], options: CommandOptions, code: number): Promise<Report> {
  const report = await jsonOf<Report>(
    await runToEnd(['doctor', ...args, '--json', '--allow-http'], options),
    code,
  )
  for (const { level, mend } of report.findings) expect(mend === undefined).toBe(level === 'ok')
  const count = (level: string): number => report.findings.filter((one) => one.level === level).length
  expect(report).toMatchObject({ problems: count('problem'), warnings: count('warning') })
  return report
}

/** What was found of one kind. */
function about({ findings }: Report, check: string): readonly Finding[] {
  return findings.filter((one) => one.check === check)
}

test('a router that is not known yet, then is trusted by the command that was advised: nothing is wrong', async () => {
  const { url, fingerprint } = await startRouter()
  const cwd = emptyDirectory()
  const first = await doctor([url], { cwd }, 0)
  expect(about(first, 'router key')).toMatchObject([{ level: 'warning' }])
  const [{ mend, message }] = about(first, 'router key') as [Required<Finding>]
  expect(message).toContain(fingerprint)
  expect(readdirSync(cwd)).toEqual([]) // nothing was trusted or written
  const [advised = ''] = /nomyo trust .*$/.exec(mend) ?? []
  execFileSync('sh', ['-c', `nomyo() { "${process.execPath}" "${BIN}" "$@"; }; ${advised}`], {
    cwd,
    stdio: 'pipe',
  })
  const second = await doctor([url], { cwd }, 0)
  expect(second).toMatchObject({ url, problems: 0, warnings: 0 })
  expect(about(second, 'router key')[0]!.message).toMatch(/known since/)
  expect(about(second, 'protocol')[0]!.message).toBe('It offers protocol 1.0 and 2.0.')
  expect(about(second, 'clock')[0]!.message).toMatch(/agree/)
  const text = await runToEnd(['doctor', url, '--allow-http'], { cwd })
  expect(text.stdout).toMatch(/^ok {7}node: Node \d+/m)
  expect(text.stdout).toMatch(/\nNothing is wrong\.\n$/)
})

test('pins, and a remembered key that is another', async () => {
  const { url, fingerprint } = await startRouter()
  const cwd = directoryOf(encryptedPem(PASSWORD))
  const pinned = await doctor([url, '--pin', fingerprint], { cwd }, 0)
  expect(about(pinned, 'router key')).toMatchObject([{ level: 'ok' }])
  const wrong = await doctor([url, '--pin', OTHER], { cwd }, 1)
  expect(about(wrong, 'router key')).toMatchObject([{ level: 'problem' }])
  const known = { [url]: { fingerprints: [OTHER], firstSeen: 1_700_000_000_000, highestProtocol: '2.0' } }
  writeFileSync(join(cwd, 'client_keys', 'known_routers.json'), JSON.stringify(known))
  const changed = await doctor([url], { cwd }, 1)
  expect(about(changed, 'router key')).toMatchObject([{ level: 'problem' }])
  expect(about(changed, 'router key')[0]!.message).toMatch(/remembered since 2023-11-14/)
})

test('a router that only speaks 1.0, and whose clock is an hour ahead', async () => {
  const { publicKey } = await generateKeyPair({ modulusLength: 2048 })
  const server = createServer((request, response) => {
    response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString())
    if (request.url !== '/pki/public_key') response.statusCode = 404
    response.end(request.url === '/pki/public_key' ? publicKey.pem : '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const report = await doctor([url], { cwd: emptyDirectory() }, 1)
    expect(about(report, 'clock')).toMatchObject([{ level: 'problem' }])
    expect(about(report, 'clock')[0]!.message).toMatch(/(3599|3600|3601) s behind/)
    expect(about(report, 'protocol')).toMatchObject([{ level: 'warning' }])
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

test('a router that is down, http: without leave, and no certificate checks', async () => {
  const cwd = emptyDirectory()
  const down = await doctor([`http://127.0.0.1:${await closedPort()}`], { cwd }, 1)
  expect(about(down, 'router')[0]!.message).toMatch(/ECONNREFUSED/)
  const plain = await jsonOf<Report>(
    await runToEnd(['doctor', 'http://router.example', '--json'], { cwd }),
    1,
  )
  expect(about(plain, 'router')[0]!.mend).toMatch(/--allow-http/)
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  const unchecked = await doctor(['https://router.example'], { cwd, env }, 1)
  expect(about(unchecked, 'certificates')).toMatchObject([
    { level: 'problem', mend: 'unset NODE_TLS_REJECT_UNAUTHORIZED' },
  ])
  expect(about(unchecked, 'router')).toMatchObject([{ level: 'problem' }])
})

test.skipIf(!hasModes)('a key that others can read, with the command that mends it', async () => {
  const { url } = await startRouter()
  const cwd = directoryOf(privateKeyPem())
  chmodSync(privateKeyIn(cwd), 0o644)
  const before = await doctor([url], { cwd }, 1)
  const [{ level, mend }] = about(before, 'keys') as [Required<Finding>]
  expect([level, mend]).toEqual(['problem', `chmod 600 ${privateKeyIn(cwd)}`])
  execFileSync('sh', ['-c', mend])
  const after = await doctor([url], { cwd }, 0)
  expect(about(after, 'keys').map((one) => [one.level, one.mend])).toEqual([
    ['ok', undefined],
    ['warning', 'nomyo keys encrypt'], // in clear
    ['ok', undefined],
  ])
})

test('the age of a key, and that nothing was written', async (context) => {
  skipWithoutOpenssl(context)
  const { url } = await startRouter()
  const cwd = directoryOf(encryptedPem(PASSWORD))
  const days = (count: number): number => Date.now() - count * 86_400_000
  const record = (createdAt: number): void => {
    const text = JSON.stringify({ fingerprint: fingerprintOfPem(privateKeyPem()), createdAt })
    writeFileSync(join(cwd, 'client_keys', 'private_key.json'), text, { mode: 0o600 })
  }
  record(days(30.5))
  expect(agesIn(await doctor([url], { cwd }, 0))).toEqual([
    'The key is 30 days old; 60 days until it is rotated.',
  ])
  const files = readdirSync(join(cwd, 'client_keys')).sort()
  record(days(91))
  const old = await doctor([url], { cwd }, 0)
  expect(about(old, 'keys').at(-1)).toMatchObject({ level: 'warning', mend: 'nomyo keys rotate' })
  expect(readdirSync(join(cwd, 'client_keys')).sort()).toEqual(files)
})

test('keys that a commit could take along', async (context) => {
  try {
    execFileSync('git', ['--version'])
  } catch {
    context.skip('git is not installed')
  }
  const { url } = await startRouter()
  const cwd = directoryOf(privateKeyPem())
  execFileSync('git', ['init', '-q'], { cwd, stdio: 'pipe' })
  const open = await doctor([url], { cwd }, 0)
  expect(about(open, 'git')).toMatchObject([{ level: 'warning', mend: 'nomyo keys list --gitignore' }])
  execFileSync('git', ['add', '-A'], { cwd, stdio: 'pipe' })
  expect(about(await doctor([url], { cwd }, 1), 'git')).toMatchObject([{ level: 'problem' }])
  expect(existsSync(join(cwd, '.gitignore'))).toBe(false)
})

test('no secret is printed', async () => {
  const { url } = await startRouter()
  const cwd = directoryOf(privateKeyPem())
  const secrets = {
    NOMYO_API_KEY: 'sk-hidden',
    LANGSMITH_API_KEY: 'ls-hidden',
    AI_GATEWAY_API_KEY: 'gw-hidden',
  }
  const env = { ...secrets, NOMYO_KEY_PASSWORD: 'pw-hidden', LANGSMITH_TRACING: 'true' }
  const text = await runToEnd(['doctor', url, '--allow-http'], { cwd, env })
  expect((await text.ended).code).toBe(1)
  expect(text.stdout).toMatch(/^problem {2}langsmith: .*\n {9}→ unset LANGSMITH_TRACING$/m)
  expect(text.output).not.toMatch(/hidden|BEGIN/)
  const within = await runToEnd(['doctor', 'https://user:pw-hidden@router.example', '--json'], { cwd, env })
  expect((await within.ended).code, within.output).toBe(2)
  expect(within.output).not.toMatch(/hidden/)
  await expectFailure(await runToEnd(['doctor', 'nonsense'], { cwd }), 2, /must be a URL/)
})

test('colours in a terminal alone', async (context) => {
  skipWithoutTerminal(context)
  const { url } = await startRouter()
  const run = (env: Record<string, string | undefined>): ReturnType<typeof inTerminal> =>
    inTerminal(['doctor', url, '--allow-http'], [], { cwd: emptyDirectory(), env })
  expect((await run({ NO_COLOR: undefined })).output).toContain('\u001B[32mok')
  expect((await run({ NO_COLOR: '1' })).output).not.toMatch(/\[[\d;]*m/)
  const piped = await runToEnd(['doctor', url, '--allow-http'], { env: { NO_COLOR: undefined } })
  expect(piped.stdout).not.toContain('\u001B')
  const forced = await runToEnd(['doctor', url, '--allow-http'], {
    env: { NO_COLOR: undefined, FORCE_COLOR: '1' },
  })
  expect(forced.stdout).toContain('\u001B[32mok')
})

/** What is said of the age of a key. */
function agesIn(report: Report): readonly string[] {
  return about(report, 'keys').flatMap(({ message }) => (message.includes('days old') ? [message] : []))
}

test('a router’s keys in the environment are looked at as key files are, and nothing of them is printed', async (context) => {
  skipWithoutOpenssl(context)
  const cwd = emptyDirectory()
  const [good, weak] = [encryptedPem(PASSWORD), encryptedPem(PASSWORD, 2048, 'other')]
  const look = async (env: Record<string, string>): Promise<[string, string][]> => {
    // The address is of no router, which is a problem of its own.
    const report = await doctor(['http://127.0.0.1:9'], { cwd, env }, 1)
    expect(JSON.stringify(report)).not.toContain(good.split('\n')[5])
    expect(JSON.stringify(report)).not.toContain(PASSWORD)
    const found = [
      ...about(report, 'secret files'),
      ...about(report, 'router keys'),
      ...about(report, 'replay store'),
    ]
    return found.map(({ level, message }) => [level, message])
  }
  const [key, other, password] = ['NOMYO_ROUTER_KEY', 'NOMYO_ROUTER_OTHER_KEY', 'NOMYO_KEY_PASSWORD'] as const
  const fingerprint = fingerprintOfPem(privateKeyPem())
  expect(await look({})).toEqual([])
  expect(await look({ [key]: good, [password]: PASSWORD, [other]: weak })).toEqual([
    ['ok', `${key} holds ${fingerprint}, under a password.`],
    ['warning', expect.stringMatching(`^${other} holds sha256/.*easy to guess`)],
  ])
  expect(await look({ [key]: good })).toEqual([['ok', expect.stringMatching(/was not opened/)]])
  expect(await look({ [key]: privateKeyPem(), [other]: privateKeyPem(), NOMYO_ROUTER_KEY_DIR: 'k' })).toEqual(
    [
      ['warning', expect.stringMatching(/without a password/)],
      ['warning', expect.stringMatching(/without a password/)],
      ['warning', expect.stringMatching(/hold the same key/)],
      ['problem', expect.stringMatching(/NOMYO_ROUTER_KEY_DIR/)],
    ],
  )
  expect(await look({ [other]: good, [password]: 'wrong' })).toEqual([
    ['problem', expect.stringMatching(/^NOMYO_ROUTER_KEY is not set/)],
    ['problem', expect.stringMatching(/^NOMYO_ROUTER_OTHER_KEY: .*the password is wrong/)],
  ])
  writeFileSync(join(cwd, 'key'), good)
  expect(await look({ [`${key}_FILE`]: 'key', [password]: PASSWORD })).toMatchObject([
    ['ok', expect.any(String)],
  ])
  expect(await look({ [`${key}_FILE`]: 'none' })).toEqual([['problem', expect.stringMatching(/ENOENT/)]])
  // What a pipe holds can be read once.
  const pipe = join(cwd, 'pipe')
  execFileSync('mkfifo', ['-m', '600', pipe])
  const looking = look({ [`${key}_FILE`]: pipe, [password]: PASSWORD })
  await writeFile(pipe, good)
  expect(await looking).toEqual([['ok', expect.stringMatching(/under a password/)]])
})
