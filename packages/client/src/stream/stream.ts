import { ValidationError } from '@nomyo/core'

/**
 * Items as they arrive. To be read once: by `for await`, `tee()` or `toReadableStream()`. Leaving the loop
 * early ends the request; `controller.abort()` does too, and then the loop ends without an error.
 */
export class Stream<Item> implements AsyncIterable<Item> {
  /** Ends the request. */
  readonly controller: AbortController
  readonly #items: AsyncIterator<Item>
  #isTaken = false

  constructor(items: AsyncIterator<Item>, controller: AbortController) {
    this.#items = items
    this.controller = controller
  }

  /** @throws ValidationError if the stream is being read already. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    const items = this.#take()
    let isDone = false
    try {
      for (;;) {
        const item = await items.next()
        if (item.done) break
        yield item.value
      }
      isDone = true
    } catch (error) {
      isDone = true
      // Whoever aborts knows that the rest is missing.
      if (!this.controller.signal.aborted) throw error
    } finally {
      if (!isDone) await this.#cancel(items)
    }
  }

  /** Two streams of the same items, which are kept until both have read them. */
  tee(): [Stream<Item>, Stream<Item>] {
    const items = this.#take()
    const queues: [Promise<IteratorResult<Item>>[], Promise<IteratorResult<Item>>[]] = [[], []]
    const branch = (own: Promise<IteratorResult<Item>>[]): Stream<Item> => {
      const next = async (): Promise<IteratorResult<Item>> => {
        if (own.length === 0) {
          const item = items.next()
          for (const queue of queues) queue.push(item)
        }
        return own.shift()!
      }
      return new Stream({ next }, this.controller)
    }
    return [branch(queues[0]), branch(queues[1])]
  }

  /** The items as lines of JSON in UTF-8, each ended by a line feed, which OpenAI's client reads back. */
  toReadableStream(): ReadableStream<Uint8Array> {
    const items = this[Symbol.asyncIterator]()
    const encoder = new TextEncoder()
    return new ReadableStream({
      async pull(controller) {
        const item = await items.next()
        if (item.done) controller.close()
        else controller.enqueue(encoder.encode(`${JSON.stringify(item.value)}\n`))
      },
      async cancel() {
        await items.return(undefined)
      },
    })
  }

  #take(): AsyncIterator<Item> {
    if (this.#isTaken) {
      throw new ValidationError('A stream can be read once: use tee() to read it twice.')
    }
    this.#isTaken = true
    return this.#items
  }

  async #cancel(items: AsyncIterator<Item>): Promise<void> {
    this.controller.abort()
    await items.return?.()
  }
}
