/** What deploy/ holds, and the programs that read it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, type TestContext } from 'vitest'
import { parse } from 'yaml'
import { emptyDirectory } from './key-directory.ts'

/** The repository. */
export const ROOT: string = fileURLToPath(new URL('../../../..', import.meta.url))
const NGINX = process.env['NGINX_PATH'] || 'nginx'

/** A service of compose.yaml, as far as the tests look at it. */
export interface Service {
  readonly image: string
  readonly user?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>
  readonly command?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly ports?: readonly string[]
}

/** compose.yaml. */
export interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly networks: Readonly<Record<string, unknown>>
}

/** A file of deploy/. */
export function deployFile(name: string): string {
  return readFileSync(join(ROOT, 'deploy', name), 'utf8')
}

/** What compose reads. */
export function readCompose(): Compose {
  return parse(deployFile('compose.yaml'), { merge: true }) as Compose
}

/** A copy of deploy/ in which make-secrets.sh has run. */
export function deploymentWithSecrets(): string {
  const directory = emptyDirectory()
  cpSync(join(ROOT, 'deploy'), directory, { recursive: true })
  makeSecrets(directory)
  return directory
}

/** Runs make-secrets.sh there. */
export function makeSecrets(directory: string): void {
  execFileSync('sh', [join(directory, 'make-secrets.sh')], { stdio: 'pipe' })
}

/** Skips the test, with the reason, where a program is missing. */
export function skipUnlessRuns({ skip }: TestContext, program: string, advice: string): void {
  const { error } = spawnSync(program, ['-v'])
  if (error !== undefined) skip(`there is no ${program}: ${advice}`)
}

/** Skips the test, with the reason, where there is no nginx. */
export function skipUnlessNginx(context: TestContext): void {
  skipUnlessRuns(context, NGINX, 'apt-get install nginx, or set NGINX_PATH')
}

/** A running nginx. */
export interface Proxy extends AsyncDisposable {
  readonly url: string
}

/** Starts nginx with deploy/nginx.conf, on `port` before two routers. */
export async function startNginx(
  directory: string,
  port: number,
  routers: readonly number[],
): Promise<Proxy> {
  return runNginx(directory, port, nginxHere(directory, port, routers))
}

/** Lets nginx test a configuration, starts it, and waits until it takes connections on `port`. */
export async function runNginx(directory: string, port: number, text: string): Promise<Proxy> {
  const config = join(directory, 'nginx-here.conf')
  writeFileSync(config, text)
  const options = ['-c', config, '-p', directory, '-e', 'stderr']
  const tested = spawnSync(NGINX, [...options, '-t'], { encoding: 'utf8' })
  if (tested.status !== 0) throw new Error(`nginx -t: ${tested.stderr}`)
  const child = spawn(
    NGINX,
    [...options, '-g', `daemon off;${process.getuid?.() === 0 ? ' user root;' : ''}`],
    { stdio: 'ignore' },
  )
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await expect.poll(() => takesConnections(port), { timeout: 10_000 }).toBe(true)
  return {
    url: `https://localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      // Its workers end with it, which they would not if it were killed.
      child.kill('SIGTERM')
      await closed
    },
  }
}

/** nginx.conf with the places of this machine for those of compose.yaml. */
function nginxHere(directory: string, port: number, [first, second]: readonly number[]): string {
  const places: readonly (readonly [string, string])[] = [
    // First: the other places are below it here.
    ['/tmp/', `${directory}/`],
    ['listen 8443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['router-a:12434', `127.0.0.1:${first}`],
    ['router-b:12434', `127.0.0.1:${second}`],
    ['/run/secrets/', `${directory}/secrets/`],
  ]
  const text = deployFile('nginx.conf')
  for (const [place] of places) expect(text).toContain(place)
  return places.reduce((all, [place, here]) => all.replaceAll(place, here), text)
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy())
  })
}
