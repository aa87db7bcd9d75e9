/** Two implementations in two languages: what one seals, the other opens. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAX_PLAINTEXT_BYTES, open, seal } from '@nomyo/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PRIVATE_KEYS } from './fixtures/keys.js'
import { flip } from './forge.js'
import { keyPair, type KeyName } from './keys.js'
import { findPython, NO_PYTHON, runPeer } from './python.js'
import { expectRefused } from './undecryptable.js'

const SIZES: KeyName[] = ['rsa2048', 'rsa3072', 'rsa4096']
let directory = ''

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nomyo-core-'))
  for (const name of SIZES) {
    writeFileSync(privateFile(name), PRIVATE_KEYS[name], { mode: 0o600 })
    writeFileSync(publicFile(name), (await keyPair(name)).publicKey.pem)
  }
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

function privateFile(name: KeyName): string {
  return join(directory, `${name}.pem`)
}

function publicFile(name: KeyName): string {
  return join(directory, `${name}.pub.pem`)
}

/** A JSON object of exactly `size` bytes. */
function objectOf(size: number): Buffer {
  return Buffer.from(`{"x":"${'é'.repeat((size - 8) / 2)}"}`)
}

const plaintexts: [string, KeyName[], () => Buffer][] = [
  ['an empty object', SIZES, () => Buffer.from('{}')],
  [
    'a request',
    SIZES,
    () => Buffer.from('{"model":"Qwen/Qwen3-0.6B","messages":[{"role":"user","content":"Hi"}]}'),
  ],
  ['non-ASCII text', SIZES, () => Buffer.from('{"x":"Grüße, 東京, עברית, 👩‍👩‍👧, \u2028"}')],
  ['9 MB', ['rsa4096'], () => objectOf(9_000_000)],
  ['10 MiB exactly', ['rsa2048'], () => objectOf(MAX_PLAINTEXT_BYTES)],
]
const table = plaintexts.flatMap(([what, names, make]) => names.map((name) => [what, name, make] as const))

describe('the Python peer', () => {
  beforeEach((context) => {
    if (findPython() === undefined) context.skip(NO_PYTHON)
  })

  it.each(table)('opens what we sealed: %s, %s', async (_what, name, make) => {
    const plaintext = make()
    const envelope = await seal(plaintext, (await keyPair(name)).publicKey)
    expect((await runPeer(['open', '--private-key', privateFile(name)], envelope)).equals(plaintext)).toBe(
      true,
    )
  })

  it.each(table)('seals what we open: %s, %s', async (_what, name, make) => {
    const plaintext = make()
    const envelope = await runPeer(['seal', '--public-key', publicFile(name)], plaintext)
    const opened = await open(envelope, await keyPair(name), { kind: 'request' })
    expect(plaintext.equals(opened.plaintext)).toBe(true)
  })

  it.each(SIZES)('opens our response and seals one that we open: %s', async (name) => {
    const recipient = await keyPair(name)
    const plaintext = Buffer.from('{"object":"chat.completion"}')
    const ours = await seal(plaintext, recipient.publicKey, { processedAt: 1767225600.5 })
    const args = ['open', '--response', '--private-key', privateFile(name)]
    expect((await runPeer(args, ours)).equals(plaintext)).toBe(true)

    const start = Date.now() / 1000
    const theirs = await runPeer(['seal', '--response', '--public-key', publicFile(name)], plaintext)
    const opened = await open(theirs, recipient, { kind: 'response' })
    expect(plaintext.equals(opened.plaintext)).toBe(true)
    expect(opened.processedAt).toBeGreaterThan(start - 5)
    expect(opened.processedAt).toBeLessThan(Date.now() / 1000 + 5)
  })

  it('refuses what we refuse: one bit flipped in an envelope', async () => {
    const recipient = await keyPair('rsa2048')
    const envelope = await seal(Buffer.from('{"x":1}'), recipient.publicKey)
    const flipped = flip(envelope, Buffer.from(envelope).indexOf('"tag":"') + 9, 0)
    await expectRefused(flipped, recipient, 'request')
    await expect(runPeer(['open', '--private-key', privateFile('rsa2048')], flipped)).rejects.toThrow(
      'peer failed',
    )
  })
})
