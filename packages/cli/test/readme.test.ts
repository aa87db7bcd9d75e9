/** Every TypeScript example of the documents compiles against the built packages, and the first one runs over real TLS. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { generateKeyPair } from '@nomyo/core'
import { createRouter, embeddedBackend } from '@nomyo/router'
import { transform } from 'esbuild'
import { serve } from 'srvx'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentWith } from './support/command.ts'
import { documents, root, snippetsIn } from './support/documents.ts'

const run = promisify(execFile)
// Inside the package, so that the examples resolve its dependencies as a user's project would.
const scratch = join(import.meta.dirname, '../node_modules/.readme-examples')

// Those compile where the SDKs are that they are for: integrations/, by `npm run test:integrations`.
const ELSEWHERE = ['docs/integrations.md']
const examples = documents
  .filter((path) => !ELSEWHERE.includes(path))
  .flatMap((path) => snippetsIn(path))
  .filter(({ language }) => language === 'ts')

beforeAll(() => {
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(join(scratch, 'node_modules'), { recursive: true })
  // The command does not depend on itself, as a project does.
  symlinkSync(join(root, 'packages/cli'), join(scratch, 'node_modules/nomyo'), 'junction')
  examples.forEach(({ code, place }, index) =>
    writeFileSync(join(scratch, `example-${index}.ts`), `// ${place}\n${code}`),
  )
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

test('every TypeScript example of the documents compiles', async () => {
  expect(examples.length).toBeGreaterThanOrEqual(20)
  const compilerOptions = {
    ...{ target: 'ES2022', module: 'NodeNext', lib: ['ES2022', 'DOM'], types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: false, moduleDetection: 'force' },
    // The command does not depend on it.
    paths: { '@nomyo/keystore-indexeddb': [join(root, 'packages/keystore-indexeddb/dist/index.d.ts')] },
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  const compile = run(join(root, 'node_modules/.bin/tsc'), ['-p', scratch]).catch(
    (error: { stdout: string }) => error,
  )
  expect((await compile).stdout).toBe('')
})

// A page, and what runs until it is stopped, which the walk does.
const isForNode = (code: string): boolean => !/\bdocument\b|\.listen\(/.test(code)
const local = examples.filter(({ code }) => code.includes("'http://localhost:12434") && isForNode(code))

test('the examples that ask the local router run', async () => {
  expect(local.length).toBeGreaterThanOrEqual(10)
  const keys = await generateKeyPair({ modulusLength: 2048 })
  const router = createRouter({ keys, backend: embeddedBackend() })
  const server = serve({ fetch: router, port: 0, hostname: 'localhost', silent: true })
  await server.ready()
  const { port } = new URL(server.url!)
  const env = environmentWith({ NOMYO_PIN: keys.publicKey.fingerprint })
  try {
    for (const [index, { code, place }] of local.entries()) {
      const script = join(scratch, `local-${index}.mjs`)
      const here = code.replaceAll('localhost:12434', `localhost:${port}`)
      writeFileSync(script, (await transform(here, { loader: 'ts' })).code)
      const { stdout, stderr } = await run(process.execPath, [script], { env, cwd: scratch })
      // An example may tell of a failure, and would have none to tell of.
      expect(stderr.replaceAll(/^\[nomyo\] .*\n/gm, ''), place).toBe('')
      if (code.includes('console.log(answer.')) expect(stdout, place).toContain('5 characters')
    }
  } finally {
    await server.close(true)
  }
})

test('the first example of the README runs', async (context) => {
  try {
    execFileSync('openssl', ['version'])
  } catch {
    context.skip('openssl is not installed: no certificate for a local https router')
  }
  const [cert, key] = ['cert.pem', 'key.pem'].map((file) => join(scratch, file)) as [string, string]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  )
  const router = createRouter({
    keys: await generateKeyPair({ modulusLength: 2048 }),
    backend: embeddedBackend(),
  })
  const server = serve({ fetch: router, port: 0, hostname: 'localhost', tls: { cert, key }, silent: true })
  await server.ready()
  try {
    const script = join(scratch, 'first.mjs')
    writeFileSync(script, (await transform(examples[0]!.code, { loader: 'ts' })).code)
    const { port } = new URL(server.url!)
    const env = {
      ...process.env,
      ...{ NOMYO_BASE_URL: `https://localhost:${port}/v1`, NOMYO_API_KEY: 'any', NODE_EXTRA_CA_CERTS: cert },
    }
    const { stdout } = await run(process.execPath, [script], { env })
    expect(stdout).toContain('5 characters')
  } finally {
    await server.close(true)
  }
})
