/** Checks of single values. */
import { ValidationError } from '@nomyo/core'

/** The longest time that a timer can hold, in ms. */
export const MAX_TIMEOUT = 2_147_483_647

/** `value`, which may be left out. @throws ValidationError with that message. */
export function optional<T>(
  value: T | undefined,
  isValid: (value: T) => boolean,
  message: string,
): T | undefined {
  if (value !== undefined && !isValid(value)) throw new ValidationError(message)
  return value
}

/** Whether it is true or false. */
export const isBoolean = (value: unknown): boolean => typeof value === 'boolean'

/** Whether it can be called. */
export const isFunction = (value: unknown): boolean => typeof value === 'function'

/** Whether a timer can wait for so many ms. */
export const isTimeout = (value: unknown): boolean =>
  typeof value === 'number' && value >= 1 && value <= MAX_TIMEOUT

/** Whether it is a whole number from 0. */
export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** Whether it is an AbortSignal, of whichever realm. */
export const isSignal = (value: AbortSignal): boolean => typeof value?.addEventListener === 'function'
