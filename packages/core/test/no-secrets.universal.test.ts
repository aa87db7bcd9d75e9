import { describe, expect, it } from 'vitest'
import { assertNoSecrets, viewsOf } from './no-secrets.js'

const MARKER = 'positive-control Grüße "7f3a"'

function withField(key: PropertyKey, value: unknown, enumerable = false): Error {
  return Object.defineProperty(new Error('clean'), key, { value, enumerable })
}

describe('the search for secrets', () => {
  const leaks: [string, () => unknown][] = [
    ['the message', () => new Error(`bad: ${MARKER}`)],
    ['the message, in base64', () => new Error(btoa(unescape(encodeURIComponent(`${MARKER} and more`))))],
    ['the message, percent-encoded', () => new Error(encodeURIComponent(MARKER))],
    ['the message, as JSON', () => new Error(JSON.stringify({ prompt: MARKER }))],
    ['the stack', () => Object.assign(new Error('clean'), { stack: `Error: ${MARKER}` })],
    ['the cause', () => new Error('clean', { cause: new Error(MARKER) })],
    [
      'the cause of the cause',
      () => new Error('a', { cause: new Error('b', { cause: { deep: [MARKER] } }) }),
    ],
    ['a field', () => withField('body', MARKER, true)],
    ['a hidden field', () => withField('body', MARKER)],
    ['a field named by a symbol', () => withField(Symbol('body'), MARKER)],
    ['bytes in a field', () => withField('body', new TextEncoder().encode('plain-marker'))],
    ['JSON', () => ({ toJSON: () => MARKER })],
    ['the description of a key', () => withField(MARKER, 1)],
  ]
  it.each(leaks)('finds a marker in %s', (_, make) => {
    expect(() => assertNoSecrets(make(), [MARKER, 'plain-marker'])).toThrow('a marker shows')
  })

  it('passes an error without one', () => {
    expect(() => assertNoSecrets(new Error('clean'), [MARKER])).not.toThrow()
  })

  it('refuses a marker that would prove nothing', () => {
    expect(() => assertNoSecrets(new Error('clean'), ['abc'])).toThrow('proves nothing')
  })

  it('looks at inspect where there is one', () => {
    const views = viewsOf(new Error('clean')).map(([view]) => view)
    expect(views.includes('inspect')).toBe('process' in globalThis && !('document' in globalThis))
  })
})
