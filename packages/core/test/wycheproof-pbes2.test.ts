/** Vectors of PBES2 through our own reading and writing of encrypted keys. */
import { ValidationError } from '@nomyo/core'
import { decryptPkcs8 } from '@nomyo/core/pkcs8'
import { expect, test } from 'vitest'
import { decodeEncryptedKey } from '../src/pkcs8/encrypted.js'
import { decrypt, encrypt } from '../src/pkcs8/pbes2.js'
import { expectOpaque, failureOf, forge, SMALL_KEY, tlv, toHex } from './pkcs8-forge.js'
import { readVectors, report, type Vector } from './wycheproof.js'

const FILE = 'pbes2_hmacsha256_aes_256_test.json'

/** The password, which to us is text; undefined for bytes that are none. */
function passwordOf(vector: Vector): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(vector.bytes('password'))
  } catch {
    return undefined
  }
}

/** The vector as an encrypted key. Its message is no key, which shows only once it is decrypted. */
const derOf = (vector: Vector): Promise<Uint8Array> =>
  forge(
    { salt: vector.bytes('salt'), iterations: vector.number('iterationCount') },
    { cipherParameters: tlv('04', vector.text('iv')), ciphertext: vector.text('ct') },
  )

async function expectMessage(vector: Vector, password: string): Promise<void> {
  const der = await derOf(vector)
  const encrypted = decodeEncryptedKey(der)
  expect(await decrypt(encrypted, password), vector.id).toEqual(vector.bytes('msg'))
  const written = await encrypt(encrypted.scheme, password, vector.bytes('msg'))
  expect(toHex(written), vector.id).toBe(vector.text('ct'))
  expectOpaque(await failureOf(decryptPkcs8(der, password)))
}

/** A key that was encrypted with the vector's password, salt and count. */
async function expectKey(vector: Vector, password: string): Promise<void> {
  const iterations = vector.number('iterationCount')
  const der = await forge({ password, salt: vector.bytes('salt'), iterations })
  expect(await decryptPkcs8(der, password), vector.id).toEqual({ pkcs8: SMALL_KEY, iterations })
}

test('Wycheproof: PBES2', async (context) => {
  const counts = { valid: 0, invalid: 0, refused: 0 }
  for (const vector of readVectors(FILE, context)) {
    expect(vector.isValid, vector.id).toBe(true)
    const password = passwordOf(vector)
    if (password === undefined) {
      // What a lenient reader would make of those bytes must not do as well.
      const lossy = new TextDecoder().decode(vector.bytes('password'))
      expectOpaque(await failureOf(decryptPkcs8(await derOf(vector), lossy)))
      counts.refused++
    } else if (password === '') {
      expect(await failureOf(decryptPkcs8(await derOf(vector), ''))).toBeInstanceOf(ValidationError)
      counts.refused++
    } else {
      await expectMessage(vector, password)
      await expectKey(vector, password)
      counts.valid++
    }
  }
  await report(FILE, counts, context)
})
