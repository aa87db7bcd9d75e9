/** The core by itself: both protocols, key pairs as text, a store of one's own. */
import assert from 'node:assert/strict'
import {
  CURRENT_KEY,
  fingerprintOf,
  generateKeyPair,
  importPublicKey,
  KeyManager,
  memoryKeyStore,
  open,
  parseFingerprint,
  parsePlaintext,
  seal,
  SecurityError,
  type Bytes,
  type JsonObject,
  type KeyEvent,
  type KeyPair,
  type KeyRecord,
  type KeyStore,
  type SaveOptions,
} from '@nomyo/core'
import {
  EXCHANGE_VERSION,
  openRequest,
  sealRequest,
  type InnerRequest,
  type RequestContext,
  type ResponsePart,
  type SealedPart,
} from '@nomyo/core/exchange'
import {
  exportPrivateKeyPem,
  importPrivateKeyPem,
  PBKDF2_ITERATIONS,
  type ImportedPrivateKey,
} from '@nomyo/core/pkcs8'

const utf8 = new TextEncoder()

/** As little as a store needs. */
class MapStore implements KeyStore {
  readonly needsExportableKeys = true
  readonly #records = new Map<string, KeyRecord>()

  async load(name: string): Promise<KeyRecord | undefined> {
    return this.#records.get(name)
  }

  async save(name: string, record: KeyRecord, options: SaveOptions = {}): Promise<void> {
    const before = this.#records.get(name)
    if (options.keepAs !== undefined && before !== undefined) this.#records.set(options.keepAs, before)
    this.#records.set(name, record)
  }

  async delete(name: string): Promise<void> {
    this.#records.delete(name)
  }

  async list(): Promise<readonly string[]> {
    return [...this.#records.keys()]
  }
}

async function olderProtocol(pair: KeyPair): Promise<void> {
  const envelope: Bytes = await seal(utf8.encode('{"hello":"world"}'), pair.publicKey, {
    maxPlaintextBytes: 100,
  })
  const { plaintext } = await open(envelope, pair)
  const value: JsonObject = parsePlaintext(plaintext)
  assert.deepEqual(value, { hello: 'world' })
  envelope[envelope.length >> 1]! ^= 1
  await assert.rejects(open(envelope, pair), (error: unknown) => SecurityError.isInstance(error))
}

async function newerProtocol(pair: KeyPair): Promise<void> {
  const request: InnerRequest = {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: {},
    body: utf8.encode('{}'),
  }
  const context: RequestContext = { payloadID: crypto.randomUUID(), authorization: 'Bearer key' }
  const sealed = await sealRequest(request, pair.publicKey, context)
  const opened = await openRequest(sealed.bytes, pair, context)
  assert.equal(opened.request.path, request.path)
  const meta = { status: 200, headers: {}, payload_id: context.payloadID, caps_hash: '', t: Date.now() }
  const hash = await crypto.subtle.digest('SHA-256', utf8.encode('document'))
  const answer: SealedPart[] = [
    { kind: 'meta', meta: { ...meta, caps_hash: btoa(String.fromCharCode(...new Uint8Array(hash))) } },
    { kind: 'data', bytes: utf8.encode('answer'), isFinal: true },
  ]
  const parts: ResponsePart[] = []
  const source = new ReadableStream<SealedPart>({
    start(controller) {
      for (const part of answer) controller.enqueue(part)
      controller.close()
    },
  })
  const reader = source.pipeThrough(opened.sealResponse()).pipeThrough(sealed.openResponse()).getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value)
  opened.wipe()
  assert.equal(EXCHANGE_VERSION, '2.0')
  assert(parts.some((part) => part.kind === 'data' && new TextDecoder().decode(part.bytes) === 'answer'))
}

async function keysAsText(pair: KeyPair): Promise<void> {
  const pem = await exportPrivateKeyPem(pair, { password: 'consumer password' })
  const read: ImportedPrivateKey = await importPrivateKeyPem(pem, { password: 'consumer password' })
  assert.equal(read.iterations, PBKDF2_ITERATIONS)
  const publicKey = await importPublicKey(pair.publicKey.pem)
  assert.equal(parseFingerprint(await fingerprintOf(publicKey.spki)), read.keyPair.publicKey.fingerprint)
}

async function ownStore(pair: KeyPair): Promise<void> {
  const store = new MapStore()
  const events: KeyEvent['type'][] = []
  await store.save(CURRENT_KEY, { keyPair: pair, createdAt: Date.now() })
  const manager = new KeyManager({ store, onEvent: ({ type }) => void events.push(type) })
  assert.equal((await manager.current()).publicKey.fingerprint, pair.publicKey.fingerprint)
  assert.deepEqual(await memoryKeyStore().list(), [])
  assert.deepEqual(events, [])
}

export async function envelopes(): Promise<void> {
  const pair = await generateKeyPair({ modulusLength: 2048, exportable: true })
  await olderProtocol(pair)
  await newerProtocol(pair)
  await keysAsText(pair)
  await ownStore(pair)
}
