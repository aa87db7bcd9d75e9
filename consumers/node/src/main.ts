/** Uses every package once, and says so. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { converse, fetchThrough } from './conversation.js'
import { envelopes } from './envelopes.js'
import { listenWithRouter } from './listening.js'

const apiKey = 'consumer-key'
const dir = await mkdtemp(join(tmpdir(), 'nomyo-consumer-keys-'))
const router = await listenWithRouter(apiKey)
try {
  await converse(router, apiKey, join(dir, 'keys'))
  await fetchThrough(router, apiKey)
  await envelopes()
} finally {
  router.close()
  await rm(dir, { recursive: true })
}
console.log(`every package works under Node ${process.versions.node}`)
