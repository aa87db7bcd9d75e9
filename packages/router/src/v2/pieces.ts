/** The body of a models' answer in pieces whose number and times say little of its tokens. */

/** How pieces are put together. */
export interface PieceRules {
  /** Bytes from which on a piece is not waited for any longer. */
  readonly enough: number
  /** ms for which small pieces are put together; 0 takes each as it comes. */
  readonly coalesce: number
  /** ms of silence after which there is an empty piece. */
  readonly heartbeat: number
  /** The same, before the first. Default: `heartbeat`. */
  readonly patience?: number
}

const LATE = Symbol('late')

/**
 * The pieces: what arrives within `coalesce` ms of the first byte of one is part of it, but of the first, which leaves at
 * once; and after `heartbeat` ms of nothing there is one of no bytes. One read at a time, and none that nobody asked for.
 */
export async function* piecesOf(
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, 'read'>,
  { enough, coalesce, heartbeat, patience = heartbeat }: PieceRules,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let reading: ReturnType<typeof reader.read> | undefined
  let silence = patience
  // The first piece is what people wait for.
  let held = 0
  for (;;) {
    reading ??= reader.read()
    const first = await within(reading, silence)
    silence = heartbeat
    if (first === LATE) {
      yield new Uint8Array()
      continue
    }
    reading = undefined
    if (first.done) return
    const parts = [first.value]
    let size = first.value.length
    let isDone = false
    const end = performance.now() + held
    held = coalesce
    while (size < enough && !isDone) {
      const left = end - performance.now()
      if (left <= 0) break
      reading = reader.read()
      const next = await within(reading, left)
      if (next === LATE) break
      reading = undefined
      isDone = next.done
      if (next.done) break
      parts.push(next.value)
      size += next.value.length
    }
    yield joined(parts, size)
    if (isDone) return
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, ms, LATE)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
