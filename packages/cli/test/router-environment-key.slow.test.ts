/** `nomyo router` with its keys in environment variables, which no file, log or report may show again. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { memoryKeyStore, SecureChatCompletion } from '@nomyo/client'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { privateKeyNeedles, textNeedles } from '../../core/test/needles.ts'
import { runToEnd, skipUnlessBuilt, start, stopAll, type Command } from './support/command.ts'
import { envelopeFor, routerKey, sendTo } from './support/envelopes.ts'
import { directoryWithKey, emptyDirectory, removeDirectories } from './support/key-directory.ts'
import {
  encryptedPem,
  expectFailure,
  expectNoPassword,
  fingerprintOfPem,
  OTHER_PASSWORD,
  PASSWORD,
  privateKeyPem,
  skipWithoutOpenssl,
} from './support/stored-keys.ts'

type Variables = Readonly<Record<string, string>>

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutOpenssl(context)
})
afterEach(stopAll)
afterAll(removeDirectories)

/** What a deployment sets: the current key under one password, the one before under another. */
function variables(): Variables {
  return {
    NOMYO_ROUTER_KEY: encryptedPem(PASSWORD, 600_000, 'current'),
    NOMYO_KEY_PASSWORD: PASSWORD,
    NOMYO_ROUTER_OTHER_KEY: encryptedPem(OTHER_PASSWORD, 600_000, 'other'),
    NOMYO_ROUTER_OTHER_KEY_PASSWORD: OTHER_PASSWORD,
  }
}

function router(env: Variables, cwd = emptyDirectory(), ...more: string[]): Command {
  return start(['router', '--port', '0', ...more], { cwd, env })
}

function keyOf(name: string): KeyObject {
  return createPrivateKey(privateKeyPem(name))
}

/** Lines of the PEM's own base64, in which it would be found again. */
function expectNothingOf(text: string, env: Variables): void {
  for (const name of ['NOMYO_ROUTER_KEY', 'NOMYO_ROUTER_OTHER_KEY']) {
    const lines = (env[name] ?? '').split(/\n|\\n/).filter((line) => line.length >= 64)
    for (const line of lines) expect(text).not.toContain(line)
  }
  const needles = [
    ...Object.values(privateKeyNeedles(keyOf('current'))),
    ...Object.values(textNeedles('password', PASSWORD)),
    ...Object.values(textNeedles('other password', OTHER_PASSWORD)),
  ].flat()
  const bytes = Buffer.from(text)
  for (const needle of needles) expect(bytes.includes(needle)).toBe(false)
}

test('both keys are used, written nowhere, and shown nowhere', async () => {
  const env = variables()
  const cwd = emptyDirectory()
  const command = router(env, cwd)
  const port = await command.port()
  await command.prints(/^Router key (sha256\/\S{44}) {2}\(NOMYO_ROUTER_KEY\)$/m)
  expect(await command.fingerprint()).toBe(fingerprintOfPem(privateKeyPem('current')))
  const current = await routerKey(port)
  expect(await sendTo(port, await envelopeFor(current, 'any'))).toBe(200)
  const former = router({
    ...env,
    NOMYO_ROUTER_KEY: env['NOMYO_ROUTER_OTHER_KEY']!,
    NOMYO_KEY_PASSWORD: OTHER_PASSWORD,
  })
  const formerKey = await routerKey(await former.port())
  expect(formerKey.fingerprint).not.toBe(current.fingerprint)
  expect(await sendTo(port, await envelopeFor(formerKey, 'any'))).toBe(200)
  // Over 1.0 nothing says to which key a request is sealed.
  for (const key of [current, formerKey]) {
    const client = new SecureChatCompletion({
      ...{
        baseURL: `http://127.0.0.1:${port}`,
        allowHttp: true,
        protocol: '1.0',
        keyStore: memoryKeyStore(),
      },
      fetch: async (input, init) =>
        new URL(new Request(input).url).pathname === '/pki/public_key'
          ? new Response(key.pem)
          : fetch(input, init),
      ...{ logLevel: 'off', maxRetries: 0 },
    })
    await client.loadKeys({ pem: privateKeyPem('client') })
    const answer = await client.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] })
    expect(answer.choices[0]!.message.content).toContain('embedded responder')
  }
  expect((await command.stop('SIGTERM')).code).toBe(0)
  expect(readdirSync(cwd)).toEqual([])
  expectNothingOf(command.output, env)
})

test('where a variable cannot hold line breaks, \\n stands for one', async () => {
  const pem = encryptedPem(PASSWORD, 600_000, 'current').replaceAll('\n', String.raw`\n`)
  const command = router({ NOMYO_ROUTER_KEY: pem, NOMYO_KEY_PASSWORD: PASSWORD })
  expect(await command.fingerprint()).toBe(fingerprintOfPem(privateKeyPem('current')))
})

/** The same in files, each with a line break at its end, behind symbolic links as Kubernetes mounts them. */
function inFiles(env: Variables): Variables {
  const directory = emptyDirectory()
  const entries = Object.entries(env).map(([name, value]) => {
    writeFileSync(join(directory, `${name}.data`), `${value}\n`, { mode: 0o440 })
    symlinkSync(`${name}.data`, join(directory, name))
    return [`${name}_FILE`, join(directory, name)]
  })
  return Object.fromEntries(entries) as Variables
}

test('each secret may be in a file', async () => {
  const env = inFiles({ ...variables(), NOMYO_ROUTER_API_KEYS: 'sk-one,sk-two' })
  const command = router(env)
  expect(await command.fingerprint()).toBe(fingerprintOfPem(privateKeyPem('current')))
  const url = `http://127.0.0.1:${await command.port()}`
  const chat = async (apiKey: string): Promise<number | null> => {
    const asked = await runToEnd(['chat', 'Hello', '--allow-http'], {
      cwd: emptyDirectory(),
      env: { NOMYO_BASE_URL: url, NOMYO_API_KEY: apiKey },
    })
    return (await asked.ended).code
  }
  expect([await chat('sk-two'), await chat('sk-three')]).toEqual([0, 1])
  expectNothingOf(command.output, variables())
})

test.for<[string, (path: string) => Variables, RegExp]>([
  [
    'both',
    (path) => ({ NOMYO_KEY_PASSWORD: 'hunter2', NOMYO_KEY_PASSWORD_FILE: path }),
    /are both set: which\?/,
  ],
  ['no path', () => ({ NOMYO_ROUTER_KEY_FILE: '' }), /NOMYO_ROUTER_KEY_FILE is set, but empty/],
  ['no file', (path) => ({ NOMYO_ROUTER_KEY_FILE: `${path}-not` }), /cannot be read \(ENOENT\)/],
  ['a directory', (path) => ({ NOMYO_ROUTER_KEY_FILE: dirname(path) }), /cannot be read \(EISDIR\)/],
  ['an empty file', (path) => ({ NOMYO_UPSTREAM_API_KEY_FILE: path }), /UPSTREAM_API_KEY_FILE: \S+ is empty/],
  ['too much', () => ({ NOMYO_ROUTER_API_KEYS_FILE: process.execPath }), /more than 65536 bytes/],
  ['a device without an end', () => ({ NOMYO_KEY_PASSWORD_FILE: '/dev/zero' }), /more than 65536 bytes/],
  [
    'random bytes',
    (path) => ({ NOMYO_KEY_PASSWORD_FILE: holding(path, 'hunter2\xFF\xFE\x80') }),
    /PASSWORD_FILE: \S+ is not UTF-8\./,
  ],
  [
    'UTF-16',
    (path) => ({ NOMYO_ROUTER_API_KEYS_FILE: holding(path, 's\0k\0-\0h\0u\0n\0t\0e\0r\0') }),
    /API_KEYS_FILE: \S+ holds a null byte: it must be UTF-8\./,
  ],
])('%s for a file with a secret is refused', async ([, environment, words]) => {
  const path = join(emptyDirectory(), 'secret')
  writeFileSync(path, '\n')
  const command = await runToEnd(['router', '--port', '0'], { cwd: emptyDirectory(), env: environment(path) })
  await expectFailure(command, 2, words)
  expectNoPassword(command)
})

/** Writes these bytes into the file, and gives its path. */
function holding(path: string, bytes: string): string {
  writeFileSync(path, bytes, 'latin1')
  return path
}

test('a byte-order mark and Windows’ line break are no part of a secret; a pipe may hold one', async () => {
  const directory = emptyDirectory()
  const [password, pipe] = [join(directory, 'password'), join(directory, 'pipe')]
  writeFileSync(password, `\uFEFF${PASSWORD}\r\n`)
  execFileSync('mkfifo', ['-m', '600', pipe])
  const command = router({ NOMYO_ROUTER_KEY_FILE: pipe, NOMYO_KEY_PASSWORD_FILE: password })
  await writeFile(pipe, encryptedPem(PASSWORD, 600_000, 'current'))
  expect(await command.fingerprint()).toBe(fingerprintOfPem(privateKeyPem('current')))
})

test('its password may come from a descriptor', async () => {
  const command = start(['router', '--port', '0', '--password-fd', '3'], {
    cwd: emptyDirectory(),
    env: { NOMYO_ROUTER_KEY: encryptedPem(PASSWORD, 600_000, 'current') },
    descriptors: [PASSWORD],
  })
  expect(await command.fingerprint()).toBe(fingerprintOfPem(privateKeyPem('current')))
})

test('a diagnostic report of Node, which has the environment, has neither keys nor passwords', async () => {
  const env = variables()
  const cwd = emptyDirectory()
  const command = router(
    { ...env, NODE_OPTIONS: '--report-on-signal --report-directory=. --report-filename=r.json' },
    cwd,
  )
  await command.port()
  command.kill('SIGUSR2')
  await expect.poll(() => readdirSync(cwd)).toEqual(['r.json'])
  const report = (): string => readFileSync(join(cwd, 'r.json'), 'utf8')
  await expect.poll(report).toMatch(/\}\s*$/)
  expect(report()).toContain('"NODE_OPTIONS"') // the environment is there
  expect(report()).not.toMatch(/"NOMYO_[A-Z_]*(KEY|PASSWORD|KEYS)"/)
  expectNothingOf(report(), env)
})

test('a key in clear, a weak one, and the same key twice work, each with a warning', async () => {
  const clear = router({ NOMYO_ROUTER_KEY: privateKeyPem('current') })
  await clear.port()
  expect(clear.stderr).toMatch(/^Warning: The key in NOMYO_ROUTER_KEY has no password.*openssl pkcs8/m)
  const weak = encryptedPem(PASSWORD, 2048, 'current')
  const twice = router({ NOMYO_ROUTER_KEY: weak, NOMYO_ROUTER_OTHER_KEY: weak, NOMYO_KEY_PASSWORD: PASSWORD })
  await twice.port()
  expect(twice.stderr).toMatch(/^Warning: The key in NOMYO_ROUTER_KEY is encrypted so weakly/m)
  expect(twice.stderr).toMatch(/^Warning: NOMYO_ROUTER_KEY and NOMYO_ROUTER_OTHER_KEY hold the same key\.$/m)
})

test('a directory of keys beside it is refused, however it is named', async () => {
  const cwd = directoryWithKey()
  const env = variables()
  const refused = /NOMYO_ROUTER_KEY holds the router’s key, but --key-dir names a directory/
  const commands = [
    await runToEnd(['router', '--port', '0', '--key-dir', 'router_keys'], { cwd, env }),
    await runToEnd(['router', '--port', '0'], { cwd, env: { ...env, NOMYO_ROUTER_KEY_DIR: 'router_keys' } }),
  ]
  for (const command of commands) {
    await expectFailure(command, 2, refused)
    expectNothingOf(command.output, env)
  }
})

test.for<[string, Variables, RegExp]>([
  ['an empty key', { NOMYO_ROUTER_KEY: '' }, /NOMYO_ROUTER_KEY is set, but empty/],
  ['blanks', { NOMYO_ROUTER_KEY: ' \n' }, /NOMYO_ROUTER_KEY is set, but empty/],
  ['another key alone', { NOMYO_ROUTER_OTHER_KEY: 'x' }, /OTHER_KEY is set, but NOMYO_ROUTER_KEY is not/],
  [
    'a password of no key',
    { NOMYO_ROUTER_KEY: 'x', NOMYO_ROUTER_OTHER_KEY_PASSWORD: 'hunter2' },
    /OTHER_KEY_PASSWORD is set, but NOMYO_ROUTER_OTHER_KEY is not/,
  ],
])('%s is refused, and no key is made', async ([, env, words]) => {
  const cwd = emptyDirectory()
  const command = await runToEnd(['router', '--port', '0'], { cwd, env })
  await expectFailure(command, 2, words)
  expectNoPassword(command)
  expect(readdirSync(cwd)).toEqual([])
})

/** RSA with that many bits, in clear or under PASSWORD. */
function smallPem(modulusLength: number, isEncrypted: boolean): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength })
  const encryption = isEncrypted ? { cipher: 'aes-256-cbc', passphrase: PASSWORD } : {}
  return privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString()
}

test.for<[string, () => Variables, RegExp]>([
  ['text', () => ({ NOMYO_ROUTER_KEY: 'sk-hunter2' }), /^nomyo: NOMYO_ROUTER_KEY: .*cannot be used/],
  ['1024 bits', () => ({ NOMYO_ROUTER_KEY: smallPem(1024, false) }), /^nomyo: NOMYO_ROUTER_KEY: .*1024/],
  [
    '1024 bits, encrypted',
    () => ({ NOMYO_ROUTER_KEY: smallPem(1024, true), NOMYO_KEY_PASSWORD: PASSWORD }),
    /^nomyo: NOMYO_ROUTER_KEY: .*not an RSA key of 2048 to 8192 bits/,
  ],
  [
    'no password',
    () => ({ NOMYO_ROUTER_KEY: encryptedPem(PASSWORD, 2048) }),
    /^nomyo: NOMYO_ROUTER_KEY is encrypted: set NOMYO_KEY_PASSWORD, or say --password-fd N\.$/,
  ],
  [
    'a wrong password',
    () => ({ NOMYO_ROUTER_KEY: encryptedPem(PASSWORD, 2048), NOMYO_KEY_PASSWORD: OTHER_PASSWORD }),
    /^nomyo: NOMYO_ROUTER_KEY: .*the password is wrong/,
  ],
  [
    'a wrong password of the other one',
    () => ({ ...variables(), NOMYO_ROUTER_OTHER_KEY_PASSWORD: PASSWORD }),
    /^nomyo: NOMYO_ROUTER_OTHER_KEY: .*the password is wrong/,
  ],
  [
    'half a key',
    () => ({ NOMYO_ROUTER_KEY: encryptedPem(PASSWORD, 2048).slice(0, 900), NOMYO_KEY_PASSWORD: PASSWORD }),
    /^nomyo: NOMYO_ROUTER_KEY: .*cannot be used/,
  ],
])('%s is one plain line that names the variable', async ([, environment, words]) => {
  const env = environment()
  const cwd = emptyDirectory()
  const command = await runToEnd(['router', '--port', '0'], { cwd, env })
  await expectFailure(command, 1, words)
  expectNoPassword(command)
  expectNothingOf(command.output, env)
  expect(readdirSync(cwd)).toEqual([])
})

test('the help names the variables', async () => {
  const { stdout } = await runToEnd(['router', '--help'])
  for (const name of ['NOMYO_ROUTER_KEY,', 'NOMYO_ROUTER_OTHER_KEY ', 'NOMYO_ROUTER_OTHER_KEY_PASSWORD']) {
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(name)
  }
})
