/** Bytes from which it is worth the while. */
const LARGE = 1024 * 1024

interface Port {
  postMessage(message: undefined, transfer: readonly ArrayBuffer[]): void
  close(): void
}
type Transferable = ArrayBuffer & { readonly transfer?: (length: number) => ArrayBuffer }
type Channels = { readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port } }

/**
 * Gives back the memory under `bytes`, of which nobody must have another use. Engines free it with the JavaScript that
 * is left of it, which is so little that their garbage collectors are in no hurry: calls with large payloads would
 * hold several of each. Does nothing for small ones, or where the engine has no way.
 */
export function giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
  const transferable: Transferable = buffer
  if (buffer.byteLength < LARGE) return
  if (transferable.transfer !== undefined) return void transferable.transfer(0)
  const { MessageChannel } = globalThis as Channels
  if (MessageChannel === undefined) return
  // What is sent to nobody is freed.
  const { port1, port2 } = new MessageChannel()
  port2.close()
  port1.postMessage(undefined, [buffer])
  port1.close()
}
