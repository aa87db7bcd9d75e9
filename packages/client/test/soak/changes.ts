/** What changes under the load, one change after the other. */
import type { FaultyLane, SteadyClient } from './clients.ts'
import type { Event } from './plan.ts'
import type { RouterProcess } from './router-process.ts'

/** Whom it concerns. */
export interface Concerned {
  readonly router: RouterProcess
  readonly steady: Readonly<Record<'1.0' | '2.0', SteadyClient>>
  readonly lanes: readonly FaultyLane[]
}

/** How often what has changed. */
export type Counts = Record<Event['kind'], number>

/** Makes changes while calls go on. */
export class Changes {
  readonly #concerned: Concerned
  readonly counts: Counts = { 'router key': 0, 'client key': 0, 'restart': 0 }
  #last: Promise<void> = Promise.resolve()
  /** The one before it. */
  #former: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(concerned: Concerned) {
    this.#concerned = concerned
  }

  /** Makes this one when those before it are made. */
  begin(kind: Event['kind']): void {
    this.#former = this.#last
    this.#waiting++
    this.#last = this.#former.then(async () => {
      this.#waiting--
      await this.#make(kind)
      this.counts[kind]++
    })
    // Told by `made`.
    this.#last.catch(() => undefined)
  }

  /**
   * Resolves once no change waits for another: on a slow machine the calls wait, since no operator changes a router's key
   * again before all clients have heard of it.
   */
  async room(): Promise<void> {
    while (this.#waiting > 0) await this.#former
  }

  /** Resolves when all are made. @throws what any of them threw. */
  async made(): Promise<void> {
    await this.#last
  }

  async #make(kind: Event['kind']): Promise<void> {
    const { router, steady } = this.#concerned
    if (kind === 'restart') return router.restart()
    if (kind === 'client key') return void (await steady['1.0'].client.rotateKeys())
    await this.#introduce(await router.changeKey())
  }

  /**
   * Over 2.0 clients take the new key because an answer under the old one vouches for it. Over 1.0 nothing does: there the
   * router's operator tells them.
   */
  async #introduce(fingerprint: string): Promise<void> {
    const { steady, lanes } = this.#concerned
    const over1 = [steady['1.0'], ...lanes.filter(({ protocol }) => protocol === '1.0')]
    await Promise.all(over1.map(({ client }) => client.trustServerKey(fingerprint)))
    // The router keeps one former key. Those behind the proxies call seldom, and on a slow machine a change takes as long as
    // all calls until the next: they would miss two. With the first call they hear of the new key, for the second they fetch it.
    const clients = [steady['2.0'], ...lanes]
    await Promise.all(clients.map(async (client) => client.look().then(() => client.look())))
  }
}
