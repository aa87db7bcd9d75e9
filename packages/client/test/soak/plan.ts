/** What a soak does and when: the same seed and numbers make the same plan. */
import { WAYS, type Way } from '../faults/matrix.ts'

/** How long it runs, and how often what changes. */
export interface Numbers {
  readonly calls: number
  /** Calls at once. */
  readonly width: number
  /** Calls between two changes of the router's key. */
  readonly routerKeyEvery: number
  /** Calls between two changes of the client's key. */
  readonly clientKeyEvery: number
  /** The share of calls that meet a fault. */
  readonly faultShare: number
  readonly seed: number
}

/** One call. */
export interface Planned {
  readonly way: Way
  /** The fault that it meets. */
  readonly fault: string | undefined
}

/** What happens when so many calls have begun. */
export interface Event {
  readonly at: number
  readonly kind: 'router key' | 'client key' | 'restart'
}

/** From when on nothing may grow any more: the share of calls before it. */
export const SETTLED_AT = 0.3
/** The router is restarted before that, because a new process grows anew. */
const RESTART_AT = 0.15

/** The call with that index: each way of asking as often as the others, and faults in the order that chance gives. */
export function callAt(index: number, faults: readonly string[], { faultShare, seed }: Numbers): Planned {
  const way = WAYS[index % WAYS.length]!
  const [chance, which] = [numberAt(seed, 2 * index), numberAt(seed, 2 * index + 1)]
  return { way, fault: chance < faultShare ? faults[Math.floor(which * faults.length)] : undefined }
}

/** All events, in order. */
export function eventsOf({ calls, routerKeyEvery, clientKeyEvery }: Numbers): readonly Event[] {
  const each = (every: number, kind: Event['kind']): Event[] =>
    Array.from({ length: Math.ceil(calls / every) - 1 }, (_, i) => ({ at: (i + 1) * every, kind }))
  const restart: Event = { at: Math.floor(calls * RESTART_AT), kind: 'restart' }
  const all = [...each(routerKeyEvery, 'router key'), ...each(clientKeyEvery, 'client key'), restart]
  return all.sort((one, other) => one.at - other.at)
}

/** The number from 0 to 1 at a place of the sequence that belongs to a seed (splitmix32). */
function numberAt(seed: number, place: number): number {
  let mixed = (seed + Math.imul(place + 1, 0x9e3779b9)) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}
