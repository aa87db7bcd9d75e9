/** Lets go of a body that nobody will read, and of its connection. */
export function discard(body: ReadableStream<Uint8Array> | null): void {
  body?.cancel().catch(() => undefined)
}
