/** Faults of two connections. */
import { on } from './faults.ts'
import { passOn, wholeAnswer, type Outlet } from './passage.ts'
import type { Fault } from './proxy.ts'

/** Two connections, of which the first gets its answer after the second. */
export function overtaken(): [Fault, Fault] {
  const second = gate()
  const deliver = async (from: AsyncIterable<Buffer>, to: Outlet): Promise<void> => {
    await to.write(await wholeAnswer(from))
    void passOn(from, to)
  }
  return [
    on('toClient', async (from, to) => {
      await second.opened
      await deliver(from, to)
    }),
    on('toClient', async (from, to) => {
      await deliver(from, to)
      second.open()
    }),
  ]
}

/** Two connections, each of which gets the answer of the other. */
export function exchanged(): [Fault, Fault] {
  const answers = [gate<Buffer>(), gate<Buffer>()] as const
  const one = (own: 0 | 1): Fault =>
    on('toClient', async (from, to) => {
      answers[own].open(await wholeAnswer(from))
      await to.write(await answers[own === 0 ? 1 : 0].opened)
      await passOn(from, to)
    })
  return [one(0), one(1)]
}

function gate<T = void>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open = (_: T): void => undefined
  const opened = new Promise<T>((resolve) => (open = resolve))
  return { opened, open: (value) => open(value) }
}
