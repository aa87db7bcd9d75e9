/** Private keys as text under a password, as other programs write them too. */
import { generateKeyPair, isSamePublicKey, KeyStoreError, SecurityError, ValidationError } from '@nomyo/core'
import { exportPrivateKeyPem, importPrivateKeyPem, PBKDF2_ITERATIONS } from '@nomyo/core/pkcs8'
import { equal, fails, ok } from './expect.ts'
import { testKey } from './fixtures.ts'
import { everywhere, where, type Case } from './harness.ts'

export const pkcs8Cases: readonly Case[] = [
  everywhere('pkcs8', 'a key goes out under a password and comes back', async () => {
    const keyPair = await generateKeyPair({ modulusLength: 2048, exportable: true })
    const pem = await exportPrivateKeyPem(keyPair, { password: 'pässword 🔑' })
    ok(pem.startsWith('-----BEGIN ENCRYPTED PRIVATE KEY-----\n'), 'the text is that of an encrypted key')
    const read = await importPrivateKeyPem(pem, { password: 'pässword 🔑' })
    ok(isSamePublicKey(read.keyPair.publicKey, keyPair.publicKey), 'the key is the same')
    equal([read.iterations, read.keyPair.privateKey.extractable], [PBKDF2_ITERATIONS, false])
  }),

  everywhere('pkcs8', 'without the password, or with another one, it stays closed', async (context) => {
    const pem = await exportPrivateKeyPem(await testKey(context, 'rsa2048', true), { password: 'right' })
    await fails(KeyStoreError, 'locked', () => importPrivateKeyPem(pem))
    const error = await fails(SecurityError, 'decryption_failed', () =>
      importPrivateKeyPem(pem, { password: 'wrong' }),
    )
    ok(!('cause' in error), 'the error has no cause')
  }),

  everywhere('pkcs8', 'a key goes out in clear only if no password is mentioned', async (context) => {
    const keyPair = await testKey(context, 'rsa2048', true)
    const pem = await exportPrivateKeyPem(keyPair)
    ok(pem.startsWith('-----BEGIN PRIVATE KEY-----\n'), 'the text is that of a key in clear')
    const read = await importPrivateKeyPem(pem)
    equal([read.keyPair.publicKey.fingerprint, read.iterations], [keyPair.publicKey.fingerprint, undefined])
    for (const password of [undefined as unknown as string, '']) {
      await fails(ValidationError, 'validation_failed', () => exportPrivateKeyPem(keyPair, { password }))
    }
  }),

  everywhere('pkcs8', 'a key that OpenSSL has encrypted with AES-256 opens', async (context) => {
    const { pem, password, iterations } = context.foreignKeys.aes256
    const read = await importPrivateKeyPem(pem, { password })
    equal(read.keyPair.publicKey.fingerprint, (await testKey(context, 'rsa2048')).publicKey.fingerprint)
    equal(read.iterations, iterations)
  }),

  where(
    'aes192',
    'pkcs8',
    'a key that OpenSSL has encrypted with AES-192 opens',
    async (context) => {
      const { pem, password } = context.foreignKeys.aes192
      const read = await importPrivateKeyPem(pem, { password })
      equal(read.keyPair.publicKey.fingerprint, (await testKey(context, 'rsa2048')).publicKey.fingerprint)
    },
    {
      unreadable: async ({ foreignKeys: { aes192 } }) => {
        const error = await fails(KeyStoreError, 'unreadable', () => importPrivateKeyPem(aes192.pem, aes192))
        ok(error.message.includes('AES-192'), `the error names the cipher: ${error.message}`)
      },
    },
  ),
]
