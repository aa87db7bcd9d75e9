/** In each run: what the set-up of all tests takes for a secret, and where it finds one that was planted. */
import { exportPrivateKey, importPrivateKey, NomyoError, seal, open } from '@nomyo/core'
import { encryptPkcs8 } from '@nomyo/core/pkcs8'
import { describe, expect, test } from 'vitest'
import { keyPair, pkcs8Of } from '../keys.js'
import { kindsIn, watchFor } from './secrets.ts'
import { secretsShown } from './shown.ts'

const PLANTED = 'planted-marker Grüße "7f3a"'
const isNode = 'process' in globalThis && !('document' in globalThis)

describe('a secret that was planted is found in', () => {
  const error = (change: (made: NomyoError) => void, message = 'clean'): (() => void) => {
    return () => change(new NomyoError('x', message))
  }
  const nothing = (): void => undefined
  const places: Record<string, [plant: () => void, found: RegExp]> = {
    'the message': [error(nothing, `said: ${PLANTED}`), /message in the message of NomyoError/],
    'the stack': [
      error((made) => Object.assign(made, { stack: `Error: ${PLANTED}` })),
      /message in the stack of NomyoError/,
    ],
    'the cause of the cause': [
      error((made) => Object.assign(made, { cause: new Error('a', { cause: { deep: [PLANTED] } }) })),
      /message in the fields of NomyoError/,
    ],
    'a hidden field, that it is given later': [
      error((made) => Object.defineProperty(made, Symbol('hidden'), { value: PLANTED })),
      /message in the fields of NomyoError/,
    ],
    'JSON': [
      error((made) => Object.assign(made, { toJSON: () => ({ PLANTED }) })),
      /message in the JSON of NomyoError/,
    ],
    'a structured clone': [
      error((made) => Object.assign(made, { message: PLANTED })),
      /message in the structured clone of NomyoError/,
    ],
    // oxlint-disable-next-line no-console
    'the console': [() => console.debug('a word', { of: [PLANTED] }), /message in console\.debug, fields/],
    ...(isNode && {
      'inspect': [error(nothing, PLANTED), /message in the inspect of NomyoError/],
      'a warning': [() => warn(`it warns: ${PLANTED}`), /message in a warning of the process/],
      'standard error': [() => write(PLANTED), /message in stderr/],
    }),
  }

  test.each(Object.keys(places))('%s', (place) => {
    watchFor('message', PLANTED)
    expect(secretsShown()).toEqual([])
    const [plant, found] = places[place]!
    plant()
    expect(secretsShown().join('; ')).toMatch(found)
  })
})

describe('is taken for a secret:', () => {
  test('a prompt that is sealed, an answer that is opened', async () => {
    const pair = await keyPair('rsa2048')
    const message = { messages: [{ role: 'user', content: 'a prompt "in" quotes' }] }
    const envelope = await seal(new TextEncoder().encode(JSON.stringify(message)), pair.publicKey)
    expect(kindsIn('they said a prompt "in" quotes')).toEqual(['message'])
    await open(envelope, pair)
    expect(kindsIn('a prompt "in" quote')).toEqual([])
  })

  test('a password', async () => {
    await encryptPkcs8(new Uint8Array(pkcs8Of('rsa2048')), 'a-password-4c1e')
    expect(kindsIn('was a-password-4c1e right')).toEqual(['password'])
  })

  test('a private key', async () => {
    const pair = await importPrivateKey(pkcs8Of('rsa3072'), { exportable: true })
    const der = await exportPrivateKey(pair)
    const binary = Array.from(der.subarray(-600), (byte) => String.fromCharCode(byte)).join('')
    expect(kindsIn(btoa(binary))).toEqual(['private key'])
  })

  test('an API key that is sent, or arrives', async () => {
    const sent = fetch('data:,', { headers: { authorization: 'Bearer sk-sent-5f3a' } })
    await sent.catch(() => undefined)
    expect(kindsIn('sk-sent-5f3a')).toEqual(['API key'])
    new Headers({ authorization: 'Bearer sk-arrived-5f3a' }).get('Authorization')
    expect(kindsIn('sk-arrived-5f3a')).toEqual(['API key'])
  })
})

/** As a kind of warning that Node is told not to print. */
function warn(text: string): void {
  const { noDeprecation } = process
  process.noDeprecation = true
  process.emitWarning(text, 'DeprecationWarning')
  Object.assign(process, { noDeprecation })
}

function write(text: string): void {
  process.stderr.write(`${text}\n`)
}
