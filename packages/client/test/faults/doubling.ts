/** Faults that make two of one. */
import { on, onceAt, type Direction } from './faults.ts'
import { drop, wholeAnswer, type Outlet } from './passage.ts'
import type { Fault } from './proxy.ts'

/** The `count` bytes before `at` come twice. */
export function repeatedAt(direction: Direction, at: number, count: number): Fault {
  const seen: Buffer[] = []
  const passage = onceAt(direction, at, async (to) => {
    await to.write(Buffer.concat(seen).subarray(-count))
  })
  const inner = passage[direction]!
  return on(direction, (from, to) =>
    inner(from, {
      ...to,
      write: async (bytes) => {
        seen.push(bytes)
        await to.write(bytes)
      },
    }),
  )
}

/** The whole request goes to the router on two connections at once. What the connection carries afterwards goes once. */
export function sentTwice(): Fault {
  let isAnswered = false
  return {
    toRouter: async (from, to) => {
      const twin = to.twin()
      for await (const chunk of from)
        await Promise.all([to.write(chunk), ...(isAnswered ? [] : [twin.write(chunk)])])
      to.end()
    },
    toClient: async (from, to) => {
      for await (const chunk of from) {
        isAnswered = true
        await to.write(chunk)
      }
      to.end()
    },
  }
}

/** The whole request goes to the router again, once its answer has begun. */
export function sentAgain(): Fault {
  const sent: Buffer[] = []
  return {
    toRouter: async (from, to) => {
      for await (const chunk of from) {
        sent.push(chunk)
        await to.write(chunk)
      }
      to.end()
    },
    toClient: async (from, to) => {
      let twin: Pick<Outlet, 'write'> | undefined
      for await (const chunk of from) {
        if (twin === undefined) await (twin = to.twin()).write(Buffer.concat(sent))
        await to.write(chunk)
      }
      to.end()
    },
  }
}

/** The whole answer comes twice on its connection. */
export function answeredTwice(): Fault {
  return on('toClient', async (from, to) => {
    const answer = await wholeAnswer(from)
    await to.write(Buffer.concat([answer, answer]))
    await drop(from, to)
  })
}
