/** What `nomyo router` answers to pages, strangers and those who look for files that are none of theirs. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SecureChatCompletion } from '@nomyo/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { skipUnlessBuilt, start, stopAll, type Command } from './support/command.ts'
import { ask, askRaw } from './support/http.ts'
import { directoryWithKey, removeDirectories } from './support/key-directory.ts'

const OUTSIDE = 'this text lies outside the directory'
const HIDDEN = 'this text is hidden'

const KEY_FILES = ['private_key.pem', 'OTHER.PEM', 'known_routers.json', 'Known_Routers.JSON', 'a b.Pem']

let command: Command | undefined
let port = 0

beforeEach(skipUnlessBuilt)

beforeAll(async () => {
  const cwd = directoryWithKey()
  const page = join(cwd, 'page')
  mkdirSync(join(page, 'assets'), { recursive: true })
  mkdirSync(join(page, '.git'))
  mkdirSync(join(cwd, 'page-of-others'))
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Demo</title>')
  writeFileSync(join(page, 'assets', 'main.js'), 'export {}')
  writeFileSync(join(page, '.env'), HIDDEN)
  for (const name of KEY_FILES) writeFileSync(join(page, 'assets', name), HIDDEN)
  writeFileSync(join(page, '.git', 'config'), HIDDEN)
  writeFileSync(join(cwd, 'secret.txt'), OUTSIDE)
  writeFileSync(join(cwd, 'page-of-others', 'secret.txt'), OUTSIDE)
  symlinkSync(join(cwd, 'secret.txt'), join(page, 'link.txt'))
  symlinkSync(cwd, join(page, 'up'))
  const allowed = ['--cors-origin', 'https://app.example', '--cors-origin', 'https://other.example']
  command = start(['router', '--port', '0', '--static', 'page', ...allowed], { cwd })
  port = await command.port().catch(() => 0)
}, 60_000)

afterAll(async () => {
  await stopAll()
  removeDirectories()
})

test('the page comes with its security headers', async () => {
  const { status, headers, body } = await ask(port)
  expect(status).toBe(200)
  expect(body).toContain('<title>Demo</title>')
  expect(headers['content-type']).toMatch(/^text\/html/)
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
      "require-trusted-types-for 'script'",
  )
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['referrer-policy']).toBe('no-referrer')
  expect(headers['cross-origin-opener-policy']).toBe('same-origin')
  expect(headers['cross-origin-resource-policy']).toBe('same-origin')
})

test('beside the page protocol 2.0 is spoken', async () => {
  const client = new SecureChatCompletion({
    ...{ baseURL: `http://127.0.0.1:${port}`, allowHttp: true, logLevel: 'off', minProtocol: '2.0' },
  })
  const answer = await client.create({ model: 'any', messages: [{ role: 'user', content: 'Hello' }] })
  expect(answer.object).toBe('chat.completion')
  expect(client.protection().protocol).toBe('2.0')
})

test('scripts have the type that nosniff asks for', async () => {
  const { status, headers } = await ask(port, { path: '/assets/main.js' })
  expect(status).toBe(200)
  expect(headers['content-type']).toMatch(/^text\/javascript/)
})

test('HEAD answers as GET does, without a body', async () => {
  for (const path of ['/', '/health', '/pki/public_key']) {
    const { status, headers, body } = await ask(port, { path, method: 'HEAD' })
    expect(status, path).toBe(200)
    expect(body, path).toBe('')
    expect(headers['content-type'], path).toBe((await ask(port, { path })).headers['content-type'])
  }
})

test('what is not there is 404, with the security headers too', async () => {
  const { status, headers } = await ask(port, { path: '/missing.html' })
  expect(status).toBe(404)
  expect(headers['content-security-policy']).toContain("default-src 'none'")
})

test('a page takes no POST', async () => {
  const { status } = await ask(port, { path: '/index.html', method: 'POST' })
  expect([404, 405]).toContain(status)
})

test.for([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/%2e%2e%2fsecret.txt',
  '/%252e%252e/secret.txt',
  '/assets/../../secret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '/..\\secret.txt',
  '/..%5csecret.txt',
  '/%c0%ae%c0%ae/secret.txt',
  '//secret.txt',
  '/./../secret.txt',
  '/../page-of-others/secret.txt',
  '/%2e%2e/page-of-others/secret.txt',
  '/secret.txt%00.html',
  '/%00',
  '/%',
  '/link.txt',
  '/up/secret.txt',
  '/up/router_keys/private_key.pem',
  '/../router_keys/private_key.pem',
  '/%2e%2e/router_keys/private_key.pem',
  '/.env',
  '/%2eenv',
  '/.git/config',
  '/assets/../.git/config',
])('%s leads out of no directory and to no hidden file', async (path) => {
  const { status, body } = await ask(port, { path })
  expect(status, body).toBeGreaterThanOrEqual(400)
  expect(status, body).toBeLessThan(500)
  expect(body).not.toContain(OUTSIDE)
  expect(body).not.toContain(HIDDEN)
  expect(body).not.toContain('PRIVATE KEY')
})

test.for(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('the host %s is answered', async (host) => {
  for (const path of ['/', '/health', '/pki/public_key']) {
    expect((await ask(port, { path, headers: { host: `${host}:${port}` } })).status).toBe(200)
  }
})

test.for([
  'rebound.example',
  'localhost.rebound.example',
  '127.0.0.1.rebound.example',
  'localhost@x',
  '',
  '[::2]',
])('the host %j is refused', async (name) => {
  for (const path of ['/', '/assets/main.js', '/health', '/pki/public_key']) {
    const host = name === '' ? '' : `${name}:${port}`
    const { status, body } = await ask(port, { path, headers: { host } })
    expect(status, path).toBeGreaterThanOrEqual(400)
    expect(status, path).toBeLessThan(500)
    expect(body).not.toMatch(/<title>Demo|PUBLIC KEY|export/)
  }
})

test('the name decides, not the port: a tunnel may end at another one', async () => {
  expect((await ask(port, { path: '/health', headers: { host: 'localhost:8080' } })).status).toBe(200)
})

test('pages of other origins are answered only if --cors-origin names them', async () => {
  const from = (origin: string) =>
    ask(port, { path: '/pki/public_key', headers: { origin, host: `localhost:${port}` } })
  for (const origin of ['https://app.example', 'https://other.example']) {
    expect((await from(origin)).headers['access-control-allow-origin']).toBe(origin)
  }
  for (const origin of ['https://stranger.example', 'null', `http://127.0.0.1:${port}`]) {
    const { status, headers } = await from(origin)
    expect(status, origin).toBe(403)
    expect(headers['access-control-allow-origin'], origin).toBeUndefined()
  }
  expect((await from(`http://localhost:${port}`)).status).toBe(200)
})

test('files of a key store are not there, even below the served directory', async () => {
  const encoded = [
    'private_key%2Epem',
    'private_key.%70em',
    '%6Bnown_routers.json',
    'a%20b.Pem',
    'private_key.pem/',
  ]
  for (const name of [...KEY_FILES.map(encodeURI), ...encoded]) {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await ask(port, { path: `/assets/${name}`, method })
      expect(status, name).toBe(404)
      expect(headers['content-security-policy'], name).toContain("default-src 'none'")
      expect(body, name).not.toContain(HIDDEN)
    }
  }
})

test.for([
  'evil.com@localhost',
  'localhost#',
  'localhost/x',
  '127.1',
  '2130706433',
  'localhost:',
  'localhost?',
])('the host %j is refused, by the page and by the router', async (host) => {
  for (const path of ['/', '/missing', '/health', '/pki/public_key']) {
    const { status, body } = await ask(port, { path, headers: { host } })
    expect(status, path).toBe(403)
    expect(body, path).not.toMatch(/<title>Demo|PUBLIC KEY/)
  }
})

test.for(['/', '/health', '/a"b', '/pki/public_key?a=b'])(
  'a port that is none is 400 for %s, with the security headers and a line in the log',
  async (path) => {
    const before = command!.stderr.length
    const { status, headers, body } = await ask(port, { path, headers: { host: 'localhost:99999' } })
    expect(status).toBe(400)
    expect(body).not.toBe('')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['x-content-type-options']).toBe('nosniff')
    await expect.poll(() => command!.stderr.slice(before)).toMatch(/GET - 400 \d+ ms/)
  },
)

test('without a Host header nothing is answered', async () => {
  for (const path of ['/', '/health', '/pki/public_key', '/assets/main.js']) {
    for (const version of ['1.0', '1.1']) {
      const answer = await askRaw(port, `GET ${path} HTTP/${version}\r\nConnection: close\r\n\r\n`)
      expect(answer, path).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer, path).not.toMatch(/<title>Demo|PUBLIC KEY|export|"ok"/)
    }
  }
})
