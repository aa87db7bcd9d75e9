/** A process with the hooks in it, and what is found in its memory while it works and afterwards. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { environmentWith } from '../support/command.ts'
import { unmasked } from './mask.ts'
import { messageKeyNeedles, type Needles } from '../../../core/test/needles.ts'
import { countInMemory, type Counts } from './process-memory.ts'

/** How it is started. */
export interface WatchedOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What it finds on file descriptor 4. */
  readonly given?: string
}

/** A running one. */
export class WatchedProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  #needles: Needles
  readonly #words: string[] = []
  #messageKeys: Uint8Array[] = []
  #wake = (): void => undefined
  #output = ''
  #hasEnded = false
  /** The most that was found at once while it worked. */
  #working: Counts = {}

  constructor(args: readonly string[], needles: Needles, { env = {}, cwd, given = '' }: WatchedOptions) {
    this.#needles = needles
    this.#child = spawn(process.execPath, args, {
      cwd,
      env: environmentWith({ ...env, MEMORY_FD: '3' }),
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk) => {
        this.#output += String(chunk)
        this.#wake()
      })
    }
    this.#child.once('close', () => {
      this.#hasEnded = true
      this.#wake()
    })
    createInterface({ input: this.#child.stdio[3] as Readable }).on('line', (line) => this.#hear(line))
    ;(this.#child.stdio[4] as Writable).end(given)
  }

  /** Tells it to do a step, and gives what it says of it. */
  async step(step: string): Promise<unknown> {
    this.#child.stdin!.write(`${step}\n`)
    return JSON.parse((await this.next(/^done (.*)/))[1]!)
  }

  /**
   * Waits until it says something like that. Wherever it stops until then, its memory is searched.
   */
  async next(wanted: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const word = this.#words.shift()
      const match = wanted.exec(word ?? this.#output)
      if (match !== null) return match
      if (word?.startsWith('paused')) this.#resume()
      if (word !== undefined) continue
      if (this.#hasEnded) throw new Error(`It ended before it said ${String(wanted)}: ${this.#output}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** The same, until something else has happened for which it must go on. */
  async during<T>(other: Promise<T>): Promise<T> {
    let isOver = false
    const over = other.finally(() => {
      isOver = true
      this.#wake()
    })
    over.catch(() => undefined)
    while (!isOver) {
      if (this.#words.shift()?.startsWith('paused')) this.#resume()
      else if (this.#words.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return over
  }

  /** Looks for that too. */
  lookFor(needles: Needles): void {
    this.#needles = { ...this.#needles, ...needles }
  }

  /** Searches its memory as if it stopped now. */
  search(): void {
    this.#working = most(this.#working, this.#count())
  }

  /** What was found while it worked, and what is found now, when the garbage has been collected. */
  async found(): Promise<{ readonly working: Counts; readonly afterwards: Counts }> {
    this.#child.kill('SIGUSR2')
    await this.next(/^collected/)
    return { working: this.#working, afterwards: this.#count() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return
    const ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.kill('SIGKILL')
    await ended
  }

  /** Searches the memory of a process that has stopped, and lets it go on. */
  #resume(): void {
    this.search()
    this.#child.kill('SIGHUP')
  }

  #count(): Counts {
    return countInMemory(this.#child.pid!, { ...this.#needles, ...messageKeyNeedles(this.#messageKeys) })
  }

  #hear(line: string): void {
    if (line.startsWith('keys ')) this.#messageKeys.push(unmasked(line.slice(5)))
    else this.#words.push(line)
    this.#wake()
  }
}

function most(one: Counts, other: Counts): Counts {
  const names = Object.keys({ ...one, ...other })
  return Object.fromEntries(names.map((name) => [name, Math.max(one[name] ?? 0, other[name] ?? 0)]))
}
