/** Something that speaks the protocol of Redis (RESP), and says what a test has it say: no real one would. */
import { createServer, type AddressInfo, type Socket } from 'node:net'

/** The bytes of a reply; undefined for none at all. */
export type Reply = (command: readonly string[]) => string | undefined

const running = new Set<HostileRedis>()

/** Starts one on a free port of the loopback interface. */
export async function startHostileRedis(reply: Reply): Promise<HostileRedis> {
  const redis = new HostileRedis(reply)
  running.add(redis)
  await redis.listen()
  return redis
}

/** Ends every one that a test has left running. */
export async function stopHostileRedis(): Promise<void> {
  await Promise.all([...running].map((redis) => redis.close()))
}

/** A running one. What it says may be changed at any time. */
export class HostileRedis {
  reply: Reply
  readonly #open = new Set<Socket>()
  readonly #server = createServer((socket) => {
    this.#open.add(socket)
    socket.on('error', () => undefined).on('close', () => this.#open.delete(socket))
    let text = ''
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more
      for (let taken = takeCommand(text); taken !== undefined; taken = takeCommand(text)) {
        text = taken.rest
        const said = this.reply(taken.command)
        if (said !== undefined) socket.write(said)
      }
    })
  })

  constructor(reply: Reply) {
    this.reply = reply
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Sends bytes to all who are connected, as if they were of a reply. */
  push(bytes: string): void {
    for (const socket of this.#open) socket.write(bytes)
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve))
  }

  async close(): Promise<void> {
    running.delete(this)
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#open) socket.destroy()
    await closed
  }
}

/** The first command in `text`, an array of bulk strings without line breaks in them, and what comes after it. */
function takeCommand(text: string): { readonly command: string[]; readonly rest: string } | undefined {
  const lines = text.split('\r\n')
  const count = Number(lines[0]?.slice(1))
  if (text === '' || lines.length < 2 * count + 2) return undefined
  const command = lines.slice(1, 2 * count + 1).filter((_, index) => index % 2 === 1)
  return { command, rest: lines.slice(2 * count + 1).join('\r\n') }
}

/** A text as Redis sends it. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}
