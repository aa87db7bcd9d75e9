/** What a fuzz target consists of. */
import fc from 'fast-check'

/** Runs one case and watches it. */
export type Watch = (run: () => Promise<void>) => Promise<void>

/** One row of the table. */
export interface Target {
  readonly name: string
  /** How many of the cases it gets, in relation to the others. */
  readonly share: number
  /** Its property, each case of which goes through `watch`. */
  property(watch: Watch): Promise<fc.IAsyncProperty<unknown>>
}

/** What cases are made of, and what must hold for each: `check` throws if it does not. */
export interface Cases<T> {
  readonly arbitrary: fc.Arbitrary<T>
  check(value: T): Promise<void>
}

/** `prepare` makes keys and valid messages once, so that cases are fast. */
export function defineTarget<T>(name: string, share: number, prepare: () => Promise<Cases<T>>): Target {
  return {
    name,
    share,
    property: async (watch) => {
      const { arbitrary, check } = await prepare()
      return fc.asyncProperty(arbitrary, (value) => watch(() => check(value)))
    },
  }
}
