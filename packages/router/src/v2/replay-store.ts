/** Remembers which requests have been processed, so that none is twice. */

/** Where that is remembered. Routers that share a key must share one. */
export interface ReplayStore {
  /**
   * Claims an id for at least `ttl` ms, in one atomic step: true if nobody had. Throw if that cannot be said: the
   * router answers 503 then, and processes nothing.
   */
  claim(id: string, ttl: number): Promise<boolean>
  /**
   * In ms since 1970, since when it remembers; absent if it survives a restart. What is older is refused. What a client
   * with a clock that is ahead, by up to five minutes, had sealed before can then be processed once more.
   */
  readonly knowsSince?: number
}

/** How a store in memory behaves. */
export interface MemoryReplayStoreOptions {
  /** Ids that are remembered at once; when so many live, `claim` throws. Default: 1,000,000, some 130 MB. */
  readonly maxEntries?: number
  /** The time in ms since 1970. Default: `Date.now`. */
  readonly now?: () => number
}

/** A replay store for one process. It forgets nothing that lives, and everything when the process ends. */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  const { maxEntries = 1_000_000, now = Date.now } = options
  /** Until when each id lives. In order of claiming, which for one TTL is the order of ending. */
  const claimed = new Map<string, number>()
  const forgetEnded = (time: number): void => {
    for (const [id, end] of claimed) {
      if (end > time) return
      claimed.delete(id)
    }
  }
  return {
    knowsSince: now(),
    async claim(id, ttl) {
      const time = now()
      forgetEnded(time)
      if (claimed.has(id)) return false
      if (claimed.size >= maxEntries) throw new Error('The replay store is full.')
      claimed.set(id, time + ttl)
      return true
    },
  }
}
