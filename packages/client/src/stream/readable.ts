/**
 * `items` as a stream that asks for the next one when it is wanted. Cancelling it ends them; `onCancel` is called
 * first, for items that would go on waiting for what does not come.
 */
export function streamOf<T>(items: Iterator<T> | AsyncIterator<T>, onCancel?: () => void): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const item = await items.next()
        if (item.done) controller.close()
        else controller.enqueue(item.value)
      },
      async cancel() {
        onCancel?.()
        await items.return?.()
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  )
}
