/** Damaged public keys, as DER and as PEM. */
import { importPublicKey, seal } from '@nomyo/core'
import { createHash, createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { utf8 } from '../../src/lib/bytes.js'
import { keyPair } from '../keys.js'
import { byteEdits, editBytes, editText, isSame } from './byte-edits.js'
import { derEdits, editDer } from './der-edits.js'
import { attempt, hold, KEY_REFUSED } from './refusal.js'
import { defineTarget } from './target.js'

const BODY = /-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----/

/** What the engine's own reader, which takes more than ours, says of an accepted key. */
async function assertAcceptable(source: string | Uint8Array): Promise<void> {
  const key = await importPublicKey(source)
  const der = typeof source === 'string' ? Buffer.from(BODY.exec(source)?.[1] ?? '', 'base64') : source
  hold(isSame(key.spki, der), 'the key is the one that was given')
  const known = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
  const { modulusLength = 0, publicExponent } = known.asymmetricKeyDetails ?? {}
  hold(known.asymmetricKeyType === 'rsa' && publicExponent === 65537n, 'it is RSA with e = 65537')
  hold(modulusLength >= 2048 && modulusLength <= 8192, 'its size is allowed')
  hold(modulusLength === key.modulusLength, 'its size is told')
  hold(isSame(known.export({ format: 'der', type: 'spki' }), der), 'its DER is canonical')
  hold(
    key.fingerprint === `sha256/${createHash('sha256').update(der).digest('base64')}`,
    'its fingerprint is right',
  )
  hold((await importPublicKey(key.pem)).fingerprint === key.fingerprint, 'its PEM is read again')
  await seal(utf8('{}'), key)
}

export const publicKeyDamage = defineTarget('public-key', 2, async () => {
  const { spki, pem } = (await keyPair('rsa2048')).publicKey
  return {
    arbitrary: fc.oneof(
      byteEdits.map((edits) => ({ edits, source: editBytes(spki, edits) as string | Uint8Array })),
      derEdits.map((edits) => ({ edits, source: editDer(spki, edits) })),
      byteEdits.map((edits) => ({ edits, source: editText(pem, edits) })),
    ),
    check: async ({ edits, source }) => {
      const accepted = await attempt(() => importPublicKey(source), KEY_REFUSED)
      if (accepted === undefined) hold(edits.length > 0, 'a good key is accepted')
      else await assertAcceptable(source)
    },
  }
})
