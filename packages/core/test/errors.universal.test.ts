import * as core from '@nomyo/core'
import { NomyoError, SecurityError, ServerKeyMismatchError } from '@nomyo/core'
import { describe, expect, it } from 'vitest'

/** Every exported error class: how it is made, what it is called, its code, and what it is derived from. */
const CLASSES: Record<string, { make: () => NomyoError; code: string; parents: string[] }> = {
  NomyoError: { make: () => new core.NomyoError('not_found', 'text'), code: 'not_found', parents: [] },
  ValidationError: {
    make: () => new core.ValidationError('text'),
    code: 'validation_failed',
    parents: ['NomyoError'],
  },
  PayloadTooLargeError: {
    make: () => new core.PayloadTooLargeError(11, 10),
    code: 'payload_too_large',
    parents: ['ValidationError', 'NomyoError'],
  },
  KeyStoreError: {
    make: () => new core.KeyStoreError('locked', 'text'),
    code: 'locked',
    parents: ['NomyoError'],
  },
  SecurityError: {
    make: () => new core.SecurityError('key_refused', 'text'),
    code: 'key_refused',
    parents: ['NomyoError'],
  },
  DowngradeError: {
    make: () => new core.DowngradeError('text'),
    code: 'downgrade_refused',
    parents: ['SecurityError', 'NomyoError'],
  },
  ServerKeyMismatchError: {
    make: () => new core.ServerKeyMismatchError(['sha256/old'], 'sha256/new', 'pinned'),
    code: 'server_key_mismatch',
    parents: ['SecurityError', 'NomyoError'],
  },
  StreamTruncatedError: {
    make: () => new core.StreamTruncatedError(),
    code: 'stream_truncated',
    parents: ['SecurityError', 'NomyoError'],
  },
}

type ErrorClass = (abstract new (...args: never[]) => NomyoError) & typeof NomyoError

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof Error
}

const exported = Object.entries(core as Record<string, unknown>).filter(
  (entry): entry is [string, ErrorClass] => isErrorClass(entry[1]),
)

describe('the errors', () => {
  it('are all in the table of this test', () => {
    expect(exported.map(([name]) => name).sort()).toEqual(Object.keys(CLASSES).sort())
  })

  describe.each(exported)('%s', (name, type) => {
    const { make, code, parents } = CLASSES[name]!

    it('has its name, its code and a message, and never a cause', () => {
      const error = make()
      expect(error).toMatchObject({ name, code })
      expect(type.kind).toBe(name)
      expect(Object.hasOwn(type, 'kind')).toBe(true)
      expect(error.message).not.toBe('')
      expect(String(error)).toBe(`${name}: ${error.message}`)
      expect(error.stack).toMatch(error.message)
      expect('cause' in error).toBe(false)
      const shown = Object.getOwnPropertySymbols(error).filter((key) =>
        Object.prototype.propertyIsEnumerable.call(error, key),
      )
      expect(shown).toEqual([])
    })

    it('is an instance of itself and its parents, and of no other', () => {
      const error = make()
      const family = exported.filter(([, other]) => error instanceof other).map(([other]) => other)
      expect(family.sort()).toEqual([name, ...parents].sort())
      const recognised = exported.filter(([, other]) => other.isInstance(error)).map(([other]) => other)
      expect(recognised.sort()).toEqual(family)
      expect(error).toBeInstanceOf(Error)
    })

    it('does not blow up in JSON or structuredClone', () => {
      const error = make()
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code })
      const clone = structuredClone(error)
      expect(clone).toBeInstanceOf(Error)
      expect(clone.message).toBe(error.message)
      expect(() => type.isInstance(clone)).not.toThrow()
    })
  })

  it('isInstance says no to all else', () => {
    const others = [
      undefined,
      null,
      0,
      '',
      'NomyoError',
      {},
      [],
      new Error('x'),
      new DOMException('x'),
      () => 1,
    ]
    for (const [, type] of exported) expect(others.filter((value) => type.isInstance(value))).toEqual([])
    expect(NomyoError.isInstance({ name: 'NomyoError', code: 'exists', kind: 'NomyoError' })).toBe(false)
  })

  it('a class derived by a user is of its parent’s kind', () => {
    class Own extends SecurityError {}
    const error = new Own('key_refused', 'text')
    expect(error.name).toBe('SecurityError')
    expect([SecurityError, NomyoError].every((type) => type.isInstance(error))).toBe(true)
    expect(error).toBeInstanceOf(Own)
  })

  it('PayloadTooLargeError says how large and how large it may be', () => {
    const error = new core.PayloadTooLargeError(11, 10)
    expect(error).toMatchObject({ size: 11, limit: 10 })
    expect(error.message).toBe('The payload has 11 bytes, at most 10 are allowed.')
  })

  it.each([
    ['pinned', 'serverKeyPins'],
    ['remembered', 'trustServerKey()'],
  ] as const)('ServerKeyMismatchError names both fingerprints and the way on: %s', (known, way) => {
    const error = new ServerKeyMismatchError(['sha256/one', 'sha256/two'], 'sha256/new', known)
    expect(error).toMatchObject({ expected: ['sha256/one', 'sha256/two'], received: 'sha256/new' })
    for (const part of ['sha256/one', 'sha256/two', 'sha256/new', known, way]) {
      expect(error.message).toContain(part)
    }
  })

  it.each(['not_found', 'exists', 'unreadable', 'insecure_permissions', 'locked'] as const)(
    'KeyStoreError has the code %s',
    (code) => {
      expect(new core.KeyStoreError(code, 'text').code).toBe(code)
    },
  )
})

describe('two copies of the package', () => {
  it('recognise one another’s errors with isInstance, where instanceof cannot', async () => {
    const url = '../src/errors.ts?another-copy'
    const copy = (await import(/* @vite-ignore */ url)) as Record<string, ErrorClass>
    for (const [name, type] of exported) {
      const error = CLASSES[name]!.make()
      const other = copy[name]!
      expect(other).not.toBe(type)
      expect(error instanceof other).toBe(false)
      expect(other.isInstance(error)).toBe(true)
      const recognising = Object.entries(copy).filter(([, one]) => isErrorClass(one) && one.isInstance(error))
      expect(recognising.map(([one]) => one).sort()).toEqual([name, ...CLASSES[name]!.parents].sort())
    }
  })
})
