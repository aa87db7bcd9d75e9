/** Damaged private keys, encrypted and not, as PEM. */
import { decodePem, encodePem } from '@nomyo/core'
import { importPrivateKeyPem } from '@nomyo/core/pkcs8'
import fc from 'fast-check'
import { decodeEncryptedKey } from '../../src/pkcs8/encrypted.js'
import { keyPair, pkcs8Of } from '../keys.js'
import { byteEdits, editBytes, editText } from './byte-edits.js'
import { derEdits, editDer } from './der-edits.js'
import { encryptedKey, PASSWORD } from './encrypted-key.js'
import { attempt, hold, KEY_REFUSED, KEY_UNDECRYPTABLE, UNREADABLE } from './refusal.js'
import { defineTarget, type Target } from './target.js'

/** More iterations of PBKDF2 take long, as their own tests say: here only what is read of them is looked at. */
const MOST_ITERATIONS = 5000

const ENCRYPTED = 'ENCRYPTED PRIVATE KEY'

/** PEM around `der`, or `pem` itself, damaged in one of three ways. */
function damaged(label: string, der: Uint8Array): fc.Arbitrary<{ edits: readonly unknown[]; pem: string }> {
  const pem = encodePem(label, der)
  return fc.oneof(
    byteEdits.map((edits) => ({ edits, pem: encodePem(label, editBytes(der, edits)) })),
    derEdits.map((edits) => ({ edits, pem: encodePem(label, editDer(der, edits)) })),
    byteEdits.map((edits) => ({ edits, pem: editText(pem, edits) })),
  )
}

function iterationsOf(pem: string): number {
  const block = decodePem(pem)
  if (block?.label !== ENCRYPTED) return 0
  try {
    return decodeEncryptedKey(block.der).scheme.iterations
  } catch {
    return 0 // said by importPrivateKeyPem, too
  }
}

export const privateKeyDamage: Target = defineTarget('private-key', 1, async () => {
  const { fingerprint } = (await keyPair('rsa2048')).publicKey
  return {
    arbitrary: damaged('PRIVATE KEY', pkcs8Of('rsa2048')),
    check: async ({ edits, pem }) => {
      const read = await attempt(() => importPrivateKeyPem(pem), UNREADABLE, KEY_REFUSED)
      if (read === undefined) hold(edits.length > 0, 'a good key is read')
      else hold(read.value.keyPair.publicKey.fingerprint === fingerprint, 'it is the same key')
    },
  }
})

export const encryptedKeyDamage: Target = defineTarget('encrypted-key', 2, async () => {
  const { fingerprint } = (await keyPair('rsa2048')).publicKey
  return {
    arbitrary: fc.record({
      file: damaged(ENCRYPTED, await encryptedKey(pkcs8Of('rsa2048'))),
      password: fc.oneof(
        { arbitrary: fc.constant(PASSWORD), weight: 9 },
        fc.constantFrom('x', PASSWORD + ' '),
      ),
    }),
    check: async ({ file: { edits, pem }, password }) => {
      if (iterationsOf(pem) > MOST_ITERATIONS) return
      const read = await attempt(() => importPrivateKeyPem(pem, { password }), UNREADABLE, KEY_UNDECRYPTABLE)
      if (read === undefined) hold(edits.length > 0 || password !== PASSWORD, 'a good key is read')
      else hold(read.value.keyPair.publicKey.fingerprint === fingerprint, 'it is the same key')
    },
  }
})
