import { decodePem, encodePem } from '@nomyo/core'
import { describe, expect, it } from 'vitest'
import { PRIVATE_KEYS, RSA2048_PUBLIC } from './fixtures/keys.js'

describe('PEM', () => {
  it('is written in lines of 64 characters and ends with a line feed', () => {
    const text = encodePem('PUBLIC KEY', new Uint8Array(100).fill(1))
    const lines = text.split('\n')
    expect(lines.map((line) => line.length)).toEqual([26, 64, 64, 8, 24, 0])
    expect(lines[0]).toBe('-----BEGIN PUBLIC KEY-----')
    expect(lines[4]).toBe('-----END PUBLIC KEY-----')
  })

  it('of every length from 0 to 100 bytes is read again', () => {
    for (let size = 0; size <= 100; size++) {
      const der = crypto.getRandomValues(new Uint8Array(size))
      expect(decodePem(encodePem('ANY LABEL 2', der))).toEqual({ label: 'ANY LABEL 2', der })
    }
  })

  it.each(Object.entries({ ...PRIVATE_KEYS, public: RSA2048_PUBLIC }))(
    'of OpenSSL (%s) comes out of the round trip unchanged',
    (_, text) => {
      const { label, der } = decodePem(text)!
      expect(encodePem(label, der)).toBe(text)
    },
  )

  const good = '-----BEGIN X-----\nAAAA\n-----END X-----'
  it.each([
    ['as it is', good],
    ['with a line feed behind', `${good}\n`],
    ['with CRLF', good.replaceAll('\n', '\r\n')],
    ['with white space around it', ` \r\n\t${good}\n \t`],
    ['with white space at the ends of lines', good.replaceAll('\n', ' \t\n')],
    ['with lines of other lengths', good.replace('AAAA', 'AA\nA\n\nA')],
  ])('is read %s', (_, text) => {
    expect(decodePem(text)).toEqual({ label: 'X', der: new Uint8Array(3) })
  })

  it.each([
    ['nothing', ''],
    ['a word', 'PUBLIC KEY'],
    ['two blocks', `${good}\n${good}`],
    ['text before it', `x ${good}`],
    ['text behind it', `${good} x`],
    ['another label at its end', good.replace('END X', 'END Y')],
    ['no label', good.replaceAll(' X', '')],
    ['a label in small letters', good.replaceAll('X', 'x')],
    ['a label of 65 characters', good.replaceAll('X', 'X'.repeat(65))],
    ['a header line', good.replace('AAAA', 'Proc-Type: 4,ENCRYPTED\n\nAAAA')],
    ['four dashes', good.replaceAll('-----', '----')],
    ['no line break behind BEGIN', good.replace('X-----\n', 'X-----')],
    ['no end', good.slice(0, -16)],
    ['damaged base64', good.replace('AAAA', 'AAA')],
    ['base64 with bits left over', good.replace('AAAA', 'AB==')],
    ['padding in the middle', good.replace('AAAA', 'AA==\nAAAA')],
    ['url-safe base64', good.replace('AAAA', 'AA-_')],
    ['a byte-order mark behind BEGIN', good.replace('AAAA', '\ufeffAAAA')],
    ['a no-break space', good.replace('AAAA', 'AA\u00a0AA')],
    ['NUL', good.replace('AAAA', 'AAAA\0')],
  ])('%s is none', (_, text) => {
    expect(decodePem(text)).toBeUndefined()
  })
})
