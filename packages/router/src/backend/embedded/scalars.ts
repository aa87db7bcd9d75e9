/** The smallest strings and numbers that a JSON schema describes. */
import type { JsonObject } from '@nomyo/core'
import type { Budget } from './budget.js'
import { InvalidRequest } from './invalid-request.js'

/** One value for each format (JSON Schema Validation 2020-12, section 7.3). */
const FORMATS: Readonly<Record<string, string>> = {
  'date': '1970-01-01',
  'time': '00:00:00Z',
  'date-time': '1970-01-01T00:00:00Z',
  'duration': 'P0D',
  'email': 'a@example.com',
  'hostname': 'example.com',
  'ipv4': '192.0.2.1',
  'ipv6': '2001:db8::1',
  'uri': 'https://example.com/',
  'uuid': '00000000-0000-4000-8000-000000000000',
}

/** A string of `format`, or of `minLength` letters. */
export function smallestString(schema: JsonObject, budget: Budget): string {
  const { format, minLength } = schema
  const text = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format]! : ''
  const missing = typeof minLength === 'number' ? Math.max(0, minLength - text.length) : 0
  budget.spend(text.length + missing + 2)
  return text + 'x'.repeat(missing)
}

/** The bounds of a number, each with whether it is allowed itself. */
interface Bounds {
  readonly least: number
  readonly most: number
  readonly isWithin: (value: number) => boolean
}

/**
 * The number nearest to zero within the bounds, as a multiple if one is asked for.
 * @throws InvalidRequest if there is none.
 */
export function smallestNumber(schema: JsonObject, isInteger: boolean): number {
  const bounds = boundsOf(schema)
  const multipleOf = numeric(schema, 'multipleOf') ?? (isInteger ? 1 : undefined)
  const value = candidates(bounds, multipleOf).find(bounds.isWithin)
  if (value === undefined) throw new InvalidRequest('The JSON schema has no number within its bounds.')
  return value
}

function boundsOf(schema: JsonObject): Bounds {
  const minimum = numeric(schema, 'minimum') ?? -Infinity
  const maximum = numeric(schema, 'maximum') ?? Infinity
  const above = numeric(schema, 'exclusiveMinimum') ?? -Infinity
  const below = numeric(schema, 'exclusiveMaximum') ?? Infinity
  const isWithin = (value: number): boolean =>
    value >= minimum && value <= maximum && value > above && value < below
  return { least: Math.max(minimum, above), most: Math.min(maximum, below), isWithin }
}

/** Zero, and what lies at or just inside the bound that is nearer to it. */
function candidates({ least, most }: Bounds, step: number | undefined): number[] {
  const bound = least > 0 ? least : most
  const inward = least > 0 ? 1 : -1
  if (step === undefined) return [0, bound, (least + most) / 2, bound + inward]
  const steps = inward > 0 ? Math.ceil(bound / step) : Math.floor(bound / step)
  return [0, steps * step, (steps + inward) * step]
}

function numeric(schema: JsonObject, name: string): number | undefined {
  const value = schema[name]
  return typeof value === 'number' ? value : undefined
}
