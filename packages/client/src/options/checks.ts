/** What options must be. */
import { ValidationError } from '@nomyo/core'
import { assertKnownNames } from './names.js'

/** The words for what an option must be, the test of it, and the error for misuse, if it is not a ValidationError. */
export type Rule = readonly [
  words: string,
  isValid: (value: unknown) => boolean,
  Misuse?: new (message: string) => Error,
]

/** The longest time that a timer can hold, in ms. */
const MAX_TIMEOUT = 2_147_483_647

/** For an option that is checked elsewhere. */
export const ANYTHING: Rule = ['anything', () => true]
export const BOOLEAN: Rule = ['true or false', (value) => typeof value === 'boolean']
export const FUNCTION: Rule = ['a function', (value) => typeof value === 'function']
/** Of bytes. */
export const SIZE: Rule = ['a number of bytes', (value) => isCount(value) && value > 0]
/** Of repetitions. */
export const COUNT: Rule = ['a whole number from 0', isCount]
/** For which a timer can wait. */
export const TIMEOUT: Rule = [
  `from 1 to ${MAX_TIMEOUT} ms`,
  (value) => typeof value === 'number' && value >= 1 && value <= MAX_TIMEOUT,
]
/** Of whichever realm. */
export const SIGNAL: Rule = ['an AbortSignal', (value) => hasMethods(value, ['addEventListener'])]

/** One of a few words. */
export const oneOf = (...words: readonly unknown[]): Rule => [
  `one of ${words.join(', ')}`,
  (value) => words.includes(value),
]

/** Checks all options at once; each may be left out. @throws TypeError, ValidationError without the value in it. */
export function assertOptions(given: unknown, rules: Readonly<Record<string, Rule>>, what: string): void {
  if (typeof given !== 'object' || given === null) throw new TypeError(`${what} takes an object of options.`)
  assertKnownNames(given, Object.keys(rules), what)
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(given, name)
    if (value !== undefined) assertValid(name, value, rule)
  }
}

/** Checks one option. @throws ValidationError, or what the rule has for misuse. */
export function assertValid(name: string, value: unknown, rule: Rule): void {
  const [words, isValid, Misuse = ValidationError] = rule
  if (!isValid(value)) throw new Misuse(`${name} must be ${words}.`)
}

/** Whether `value` has these methods. */
export function hasMethods(value: unknown, names: readonly string[]): boolean {
  const object = Object(value) as Record<string, unknown>
  return names.every((name) => typeof object[name] === 'function')
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
