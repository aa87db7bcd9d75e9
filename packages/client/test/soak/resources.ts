/** What a process holds. Of other processes, and of file descriptors, only Linux tells. */
import { getEventListeners } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Of this process. */
export interface Held {
  /** Bytes that are left after everything unreachable has been collected. */
  readonly heap: number
  readonly descriptors: number | undefined
  /** Of the process, and of the signal that every call was given. */
  readonly listeners: number
  readonly timers: number
}

declare const gc: (() => void) | undefined

/** Of this process, now. Needs `--expose-gc`. */
export async function held(signal: AbortSignal): Promise<Held> {
  if (gc === undefined) throw new Error('Start it with --expose-gc.')
  for (let round = 0; round < 3; round++) {
    gc()
    // What is finalised in one round lets go of more in the next.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const ofProcess = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  return {
    heap: process.memoryUsage().heapUsed,
    descriptors: descriptorsOf('self'),
    listeners: ofProcess + getEventListeners(signal, 'abort').length,
    timers: timers(),
  }
}

/** Timers that keep this process alive. */
export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

/** Open file descriptors of a process, or undefined where nothing tells. */
export function descriptorsOf(pid: number | 'self'): number | undefined {
  return existsSync(`/proc/${pid}/fd`) ? readdirSync(`/proc/${pid}/fd`).length : undefined
}

/** Bytes of memory that a process takes, or undefined where nothing tells. */
export function residentOf(pid: number): number | undefined {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return undefined
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))?.[1]) * 1024
}
