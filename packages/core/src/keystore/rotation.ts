/** When a key is to be replaced, and until when the one before it is kept. */
import { ValidationError } from '../errors.js'

/** How long keys are used. */
export interface RotationOptions {
  /** Days after which a key is replaced. Default: 90. */
  readonly maxAgeDays?: number | undefined
  /** Whether the next use of an older key replaces it. Default: true; else it is only warned of. */
  readonly automatic?: boolean | undefined
  /** Days before the end of that time from which it is warned. Default: 14. */
  readonly warnDays?: number | undefined
  /** Hours for which a replaced key is kept, to open what is in flight. Default: 24. */
  readonly graceHours?: number | undefined
}

/** {@link RotationOptions} after every check, in ms. */
export interface Rotation {
  readonly maxAge: number
  readonly automatic: boolean
  readonly warnFor: number
  readonly grace: number
}

const HOUR = 60 * 60 * 1000
/** A day, in ms. */
export const DAY: number = 24 * HOUR

/** @throws ValidationError for a number that is none, or negative; TypeError for an unknown name. */
export function resolveRotation(options: RotationOptions = {}): Rotation {
  if (typeof options !== 'object' || options === null) {
    throw new ValidationError('rotation must be an object of options.')
  }
  const { maxAgeDays = 90, automatic = true, warnDays = 14, graceHours = 24, ...unknown } = options
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw new TypeError(`rotation has no option ${name}.`)
  if (typeof automatic !== 'boolean') throw new ValidationError('rotation.automatic must be true or false.')
  if (maxAgeDays === 0) throw new ValidationError('rotation.maxAgeDays must be more than 0.')
  return {
    maxAge: checked(maxAgeDays, 'maxAgeDays') * DAY,
    automatic,
    warnFor: checked(warnDays, 'warnDays') * DAY,
    grace: checked(graceHours, 'graceHours') * HOUR,
  }
}

function checked(value: number, name: string): number {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value
  throw new ValidationError(`rotation.${name} must be a number from 0.`)
}
