/** A model that says one word and then waits, so that a case can look at what is under way. */
import type { Context } from './context.ts'

export interface HeldModel {
  /** To be asked for. */
  readonly name: string
  /** Resolves once it was asked. */
  asked(): Promise<void>
  /** Lets it say the rest. */
  release(): Promise<void>
  /** How it ended, once it has: its answer is out, or nobody waits for it any more. */
  ended(): Promise<string>
}

export function heldModel({ router }: Context): HeldModel {
  const id = crypto.randomUUID()
  const tell = async (what: string): Promise<string> =>
    (await fetch(`${router}/held-model/${id}/${what}`)).text()
  return {
    name: `held:${id}`,
    asked: async () => void (await tell('asked')),
    release: async () => void (await tell('release')),
    ended: () => tell('ended'),
  }
}
