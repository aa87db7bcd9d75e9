/** The smallest value that a JSON schema (2020-12) describes. */
import { isJsonObject, type JsonObject } from '@nomyo/core'
import type { Budget } from './budget.js'
import { InvalidRequest } from './invalid-request.js'
import { smallestNumber, smallestString } from './scalars.js'

const MAX_DEPTH = 64
/** What trying an alternative costs, in characters: it is work, even if nothing comes of it. */
const ATTEMPT = 32

/**
 * A value for `schema`: the required properties, the least items, the first of an enum or of alternatives.
 * It follows type, enum, const, properties, required, items, prefixItems, minItems, the bounds of numbers
 * and strings, the usual formats, allOf, anyOf, oneOf and local references; not pattern, not, if.
 * @throws InvalidRequest if the schema describes none, or one that is too large.
 */
export function smallestValue(schema: unknown, budget: Budget): unknown {
  return new SchemaReader(schema, budget).value(schema, 0)
}

class SchemaReader {
  readonly #root: unknown
  readonly #budget: Budget

  constructor(root: unknown, budget: Budget) {
    this.#root = root
    this.#budget = budget
  }

  value(given: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) throw new InvalidRequest('The JSON schema nests too deep.')
    this.#budget.spend(2)
    if (given === true) return null
    const schema = this.#merged(given, depth)
    const alternatives = schema['anyOf'] ?? schema['oneOf']
    if (Array.isArray(alternatives)) return this.#firstOf(schema, alternatives, depth)
    if (Object.hasOwn(schema, 'const')) return this.#literal(schema['const'])
    const values = schema['enum']
    if (Array.isArray(values) && values.length > 0) return this.#literal(values[0])
    return this.#ofType(typeOf(schema), schema, depth)
  }

  #ofType(type: unknown, schema: JsonObject, depth: number): unknown {
    if (type === 'object') return this.#object(schema, depth)
    if (type === 'array') return this.#array(schema, depth)
    if (type === 'string') return smallestString(schema, this.#budget)
    if (type === 'number' || type === 'integer') return smallestNumber(schema, type === 'integer')
    if (type === 'boolean') return false
    if (type === 'null') return null
    throw new InvalidRequest('The JSON schema has a type that does not exist.')
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const { required, properties } = schema
    const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
    // fromEntries defines properties, so that one named __proto__ is a property like any other.
    return Object.fromEntries(
      names.map((name: string) => {
        this.#budget.spend(name.length + 4)
        const known = isJsonObject(properties) && Object.hasOwn(properties, name)
        return [name, known ? this.value(properties[name], depth + 1) : null]
      }),
    )
  }

  #array(schema: JsonObject, depth: number): unknown[] {
    const first = Array.isArray(schema['prefixItems']) ? (schema['prefixItems'] as unknown[]) : []
    const least = schema['minItems']
    const items: unknown[] = []
    while (typeof least === 'number' && items.length < least) {
      items.push(this.value(first[items.length] ?? schema['items'] ?? true, depth + 1))
    }
    return items
  }

  #literal(value: unknown): unknown {
    this.#budget.spend(JSON.stringify(value).length)
    return value
  }

  /** The value of the first alternative that has one. */
  #firstOf(schema: JsonObject, alternatives: readonly unknown[], depth: number): unknown {
    const { anyOf: _, oneOf: __, ...rest } = schema
    for (const alternative of alternatives) {
      this.#budget.spend(ATTEMPT)
      try {
        if (alternative === true) return this.value(rest, depth + 1)
        return this.value(combine(rest, this.#merged(alternative, depth)), depth + 1)
      } catch (error) {
        if (!(error instanceof InvalidRequest) || this.#budget.isExhausted) throw error
      }
    }
    throw new InvalidRequest('None of the JSON schema’s alternatives has a value.')
  }

  /** The schema with its reference and its allOf taken in. */
  #merged(given: unknown, depth: number): JsonObject {
    if (given === true) return {}
    if (!isJsonObject(given)) throw new InvalidRequest('The JSON schema is no schema.')
    if (depth > MAX_DEPTH) throw new InvalidRequest('The JSON schema nests too deep.')
    this.#budget.spend(sizeOf(given))
    const { $ref: reference, allOf, ...rest } = given
    const parts: unknown[] = Array.isArray(allOf) ? allOf : []
    const all = reference === undefined ? parts : [this.#referred(reference), ...parts]
    return all.reduce<JsonObject>((sum, part) => combine(sum, this.#merged(part, depth + 1)), rest)
  }

  /** What a local reference (`#`, or a JSON pointer of RFC 6901) points to. */
  #referred(reference: unknown): unknown {
    if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) {
      throw new InvalidRequest('The JSON schema refers to something outside of it.')
    }
    const steps = reference.split('/').slice(1)
    return steps.reduce<unknown>((at, step) => {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
      return typeof at === 'object' && at !== null && Object.hasOwn(at, name)
        ? Reflect.get(at, name)
        : undefined
    }, this.#root)
  }
}

function combine(a: JsonObject, b: JsonObject): JsonObject {
  const required = [...listOf(a['required']), ...listOf(b['required'])]
  const properties = { ...objectOf(a['properties']), ...objectOf(b['properties']) }
  return { ...a, ...b, ...(required.length > 0 ? { required: [...new Set(required)] } : {}), properties }
}

/** What it costs to look at a schema: as many characters as it has names at its top. */
function sizeOf(schema: JsonObject): number {
  const names = Object.keys(schema).length + Object.keys(objectOf(schema['properties'])).length
  return names + listOf(schema['required']).length
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

function typeOf(schema: JsonObject): unknown {
  const { type } = schema
  if (Array.isArray(type)) return type[0]
  if (type !== undefined) return type
  if (Object.keys(objectOf(schema['properties'])).length > 0 || listOf(schema['required']).length > 0)
    return 'object'
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'array'
  return 'minimum' in schema || 'maximum' in schema ? 'number' : 'string'
}
