import { ValidationError } from '../errors.js'

const ENVIRONMENT = /^[A-Za-z0-9._-]{1,64}$/

/** @throws ValidationError for what is no environment's name, or could lead out of a directory. */
export function assertEnvironment(environment: string): void {
  if (typeof environment === 'string' && ENVIRONMENT.test(environment) && !/^\.\.?$/.test(environment)) return
  throw new ValidationError(
    'environment must be 1 to 64 letters, digits, dots, dashes and underscores, and not "." or "..".',
  )
}
