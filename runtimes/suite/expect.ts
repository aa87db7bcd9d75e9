/** What cases claim. Each throws if it is not so. */

/** @throws Error with `claim` unless `condition` holds. */
export function ok(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new Error(`it is not so that ${claim}`)
}

/** That two values are the same, as JSON shows them; bytes byte by byte. */
export function equal(actual: unknown, expected: unknown, what = 'the value'): void {
  const [one, two] = [shown(actual), shown(expected)]
  ok(one === two, `${what} is ${shortened(two)}: it is ${shortened(one)}`)
}

const shortened = (text: string): string => (text.length > 500 ? `${text.slice(0, 500)} …` : text)

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes ${[...value].join(' ')}`
  return JSON.stringify(value) ?? String(value)
}

/** What `run` throws or rejects with. @throws Error if it does neither. */
export async function failureOf(run: () => unknown): Promise<unknown> {
  let value: unknown
  try {
    value = await run()
  } catch (error) {
    return error
  }
  throw new Error(`there was no error, but ${shortened(shown(value))}`)
}

/** An error class of ours. */
interface ErrorClass {
  readonly kind: string
  isInstance(value: unknown): boolean
}

/** That `run` fails with this error of ours, also across bundles. Gives the error. */
export async function fails(type: ErrorClass, code: string, run: () => unknown): Promise<Error> {
  const error = await failureOf(run)
  const seen =
    error instanceof Error ? `${error.name} ${Reflect.get(error, 'code')}: ${error.message}` : error
  ok(
    type.isInstance(error) && Reflect.get(error as object, 'code') === code,
    `it fails with ${type.kind} ${code}: ${String(seen)}`,
  )
  return error as Error
}
