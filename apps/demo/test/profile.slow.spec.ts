/** What a client in a real Chromium leaves in IndexedDB, as scripts see it and as it lies in the profile's files. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, expect, test, type LaunchOptions } from '@playwright/test'
import { build } from 'esbuild'
import { marker, privateKeyNeedles, textNeedles, type Needles } from '../../../packages/core/test/needles.ts'
import type * as ClientPage from './client-page.ts'
import type { PageTask } from './client-page.ts'
import { LocalRouter } from './local-router.ts'

const router = new LocalRouter()
let directory: string
let script: string

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nomyo-profile-'))
  script = join(directory, 'client-page.js')
  const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
  await build({
    entryPoints: [source('./client-page.ts')],
    outfile: script,
    bundle: true,
    format: 'iife',
    globalName: 'clientPage',
    logLevel: 'error',
    alias: { '@nomyo/core/pkcs8': source('../../../packages/core/dist/pkcs8/index.js') },
  })
  await router.start()
})
test.afterAll(async () => {
  await router[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

interface Left {
  /** What scripts can read of the databases. */
  readonly databases: readonly Buffer[]
  /** The files of the profile when the browser has ended. */
  readonly files: readonly Buffer[]
  readonly answers: readonly string[]
}

/** Runs a client in a browser with a fresh profile. */
async function leftBy(task: PageTask, launchOptions: LaunchOptions): Promise<Left> {
  const profile = mkdtempSync(join(directory, 'profile-'))
  const context = await chromium.launchPersistentContext(profile, { ...launchOptions, bypassCSP: true })
  const page = await context.newPage()
  // Of the router's origin, and without the page that keeps keys of its own.
  await page.goto(`${router.address}/health`)
  await page.addScriptTag({ path: script })
  const answers = await page.evaluate(
    (given) => (globalThis as unknown as { clientPage: typeof ClientPage }).clientPage.run(given),
    task,
  )
  const dumped = await page.evaluate(() =>
    (globalThis as unknown as { clientPage: typeof ClientPage }).clientPage.dump(),
  )
  await context.close()
  return { answers, databases: dumped.map((text) => Buffer.from(text, 'base64')), files: filesIn(profile) }
}

function filesIn(profile: string): Buffer[] {
  const entries = readdirSync(profile, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name)))
}

/** The names of what is found. */
function foundIn(places: readonly Buffer[], needles: Needles): string[] {
  return Object.entries(needles).flatMap(([name, all]) =>
    all.some((needle) => places.some((bytes) => bytes.includes(needle))) ? [name] : [],
  )
}

function taskWith(key: KeyObject, password: string | undefined): PageTask {
  return {
    pem: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    password,
    apiKey: `sk-${marker('key').replaceAll(/[^\w-]/g, '')}`,
    prompt: marker('prompt'),
    control: marker('control'),
  }
}

function needlesOf(task: PageTask, key: KeyObject, answers: readonly string[]): Needles {
  return {
    ...textNeedles('prompt', task.prompt),
    ...textNeedles('password', task.password ?? marker('none')),
    ...textNeedles('API key', task.apiKey),
    // The built-in responder gives the SHA-256 of the prompt.
    ...textNeedles('answer', /[0-9a-f]{64}/.exec(answers[0] ?? '')![0]),
    ...privateKeyNeedles(key),
  }
}

test('with a password nothing is left in the profile', async ({ launchOptions }) => {
  const password = marker('password')
  const key = newKey()
  const task = taskWith(key, password)
  const left = await leftBy(task, launchOptions)
  expectNothingIn(left.databases, left, task, key)
  const needles = needlesOf(task, key, left.answers)
  expect(foundIn(left.files, needles)).toEqual([])
  expectControl(left, task)
})

test('without one the engine writes the key into its files, from where no script can read it', async ({
  launchOptions,
}) => {
  const key = newKey()
  const task = taskWith(key, undefined)
  const left = await leftBy(task, launchOptions)
  expectNothingIn(left.databases, left, task, key)
  // Which shows too that it would have been found above.
  expect(foundIn(left.files, needlesOf(task, key, left.answers))).toEqual(['private key, bytes'])
  expectControl(left, task)
})

function newKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

function expectNothingIn(places: readonly Buffer[], { answers }: Left, task: PageTask, key: KeyObject): void {
  expect(answers).toHaveLength(2)
  expect(foundIn(places, needlesOf(task, key, answers))).toEqual([])
}

/** A text that the page has put into a database of its own is found in both. */
function expectControl({ databases, files }: Left, { control }: PageTask): void {
  const needles = textNeedles('control', control)
  expect(foundIn(databases, needles)).toEqual(['control, bytes'])
  expect(foundIn(files, needles)).toEqual(['control, strings'])
}
