/**
 * The first call of a fresh process, whose key lies in PEM files or nowhere. Arguments: who asks, where, the directory
 * (empty: no key). Says when its request left and when it was answered, in ms since the process started.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { marked } from '../measure/marks.mjs'
import { requestOf } from '../request.mjs'

const [name, url, dir] = process.argv.slice(2)
const [who, protocol] = name.split(' ')

async function sdk() {
  const { SecureChatCompletion } = await import('@nomyo/client')
  const options = { baseURL: url, protocol, allowHttp: true, logLevel: 'off', maxRetries: 0 }
  const client = new SecureChatCompletion({ ...options, ...(await withStore()) })
  await client.create(requestOf(1000))
}

async function withStore() {
  if (dir === '') return {}
  const { pemKeyStore } = await import('@nomyo/keystore-pem')
  // That the key is not encrypted is known.
  return { keyStore: pemKeyStore({ dir, onWarning: () => undefined }) }
}

async function floor() {
  const { floorClientV1, floorClientV2 } = await import('../floor/client.mjs')
  const { platform } = await import('../platform/node.mjs')
  const target = { url, platform }
  const ask =
    protocol === '2.0' ? await floorClientV2(target) : await floorClientV1({ ...target, own: await ownKey() })
  await ask(requestOf(1000))
}

async function ownKey() {
  const { privateKeyOf } = await import('../floor/bytes.mjs')
  const [privatePem, pem] = await Promise.all(
    ['private_key.pem', 'public_key.pem'].map((file) => readFile(join(dir, file), 'utf8')),
  )
  return { privateKey: await privateKeyOf(privatePem, ['unwrapKey']), pem }
}

const outcome = await marked(who === 'client' ? sdk : floor)
process.on('disconnect', () => process.exit())
process.send(outcome)
