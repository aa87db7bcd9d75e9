/** What somebody on the way could try. Each is made on real calls to the real router. */
import { withFlippedBit } from './bit.js'
import { isSealed, withBytes, type Middle, type OutgoingRequest } from './middle.js'
import { makeOtherKey, withOtherKey } from './other-key.js'

/** A way to attack. */
export interface Attack {
  readonly name: string
  /** What the man in the middle does. */
  readonly deed: string
  /** How many calls are made at once. */
  readonly calls: number
  /** Makes the man in the middle; `captured` is an earlier request that he recorded. */
  readonly prepare: (captured: OutgoingRequest) => Promise<Middle> | Middle
}

/** All of them. */
export const ATTACKS: readonly Attack[] = [
  {
    ...{ name: 'Flip a bit', calls: 1 },
    deed: 'One bit of the answer’s ciphertext is flipped on its way back.',
    prepare: () => onAnswer((response) => withBytes(response, withFlippedBit)),
  },
  {
    ...{ name: 'Cut the stream', calls: 1 },
    deed: 'The answer ends after half of its bytes, as if that were all.',
    prepare: () =>
      onAnswer((response) => withBytes(response, (bytes) => bytes.slice(0, Math.floor(bytes.length / 2)))),
  },
  {
    ...{ name: 'Swap two answers', calls: 2 },
    deed: 'Two calls are made at once, and each gets the answer of the other.',
    prepare: () => swapping(),
  },
  {
    ...{ name: 'Change the router’s key', calls: 1 },
    deed: 'Another RSA key, whose private half the attacker has, is shown in place of the router’s.',
    prepare: async () => {
      const pem = await makeOtherKey()
      return (request, pass) => withOtherKey(request, pass, pem)
    },
  },
  {
    ...{ name: 'Replay a request', calls: 1 },
    deed: 'In place of the new request, the recorded bytes of an earlier one are sent to the router.',
    prepare: (captured) => (request, pass) =>
      // Its own signal is long over.
      pass(
        isSealed(request)
          ? { ...captured, init: { ...captured.init, signal: request.init.signal ?? null } }
          : request,
      ),
  },
]

function onAnswer(change: (response: Response) => Promise<Response>): Middle {
  return async (request, pass) => {
    const response = await pass(request)
    return isSealed(request) ? change(response) : response
  }
}

/** Holds both answers until both have come whole; then each call is given the answer of the other. */
function swapping(): Middle {
  const own: Promise<Response>[] = []
  let isFull = (): void => undefined
  const full = new Promise<void>((resolve) => (isFull = resolve))
  return async (request, pass) => {
    if (!isSealed(request)) return pass(request)
    const other = own.length === 0 ? 1 : 0
    // Whole: a call that fails ends its own request, from which the other's answer would still come.
    own.push(pass(request).then((response) => withBytes(response, (bytes) => bytes)))
    if (own.length === 2) isFull()
    await full
    return (await Promise.all(own))[other]!
  }
}
