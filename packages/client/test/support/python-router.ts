/** The independent router in Python, for tests: the second implementation of both protocols. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { PEER, PEER_V2 } from '../../../core/test/python.ts'

/** What a router of either version is started with. */
export interface PythonRouterOptions {
  /** Of its new key. */
  readonly keyBits: 2048 | 3072 | 4096
  readonly apiKey?: string
}

/** What only a router of 2.0 takes. */
export interface PythonRouterV2Options extends PythonRouterOptions {
  /** Seconds by which its clock is wrong. */
  readonly clockOffset?: number
}

/** A running router. */
export interface PythonRouter extends AsyncDisposable {
  readonly url: string
}

/** A running router of both versions, which does what it is told. */
export interface PythonRouterV2 extends PythonRouter {
  /** Gives it a command (the README beside it lists them) and waits until it is done. */
  tell(command: string): Promise<void>
}

/** Starts one of 1.0 on a free port, with a new key of that size. */
export async function startPythonRouter(python: string, options: PythonRouterOptions): Promise<PythonRouter> {
  return started(new Process(python, [PEER, ...argumentsOf(options)]))
}

/** Starts one of 1.0 and 2.0. */
export async function startPythonRouterV2(
  python: string,
  options: PythonRouterV2Options,
): Promise<PythonRouterV2> {
  const clock = options.clockOffset === undefined ? [] : [`--clock-offset=${options.clockOffset}`]
  const process = new Process(python, [PEER_V2, ...argumentsOf(options), ...clock])
  return {
    ...(await started(process)),
    tell: async (command) => {
      process.write(command)
      await process.prints(`done ${command}`)
    },
  }
}

function argumentsOf({ keyBits, apiKey }: PythonRouterOptions): string[] {
  const key = apiKey === undefined ? [] : ['--api-key', apiKey]
  return ['serve', '--port', '0', '--key-bits', String(keyBits), ...key]
}

async function started(process: Process): Promise<PythonRouter> {
  const line = await process.prints('listening on ')
  return {
    url: line.slice('listening on '.length),
    [Symbol.asyncDispose]: () => process.stop(),
  }
}

/** A child process, line by line. */
class Process {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<void>
  #errors = ''
  #text = ''
  #notify: () => void = () => undefined

  constructor(file: string, args: readonly string[]) {
    this.#child = spawn(file, args)
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#errors += String(chunk)))
    this.#child.stdin.on('error', () => undefined) // it has ended: whoever waits for a line is told so
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#text += String(chunk)
      this.#notify()
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', () => resolve())
    })
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Takes the next line, which must begin like this. Rejects if the process ends before it. */
  async prints(beginning: string): Promise<string> {
    const ended = this.#ended.then(() => {
      throw new Error(`the Python router ended: ${this.#errors}`)
    })
    const line = await Promise.race([this.#nextLine(), ended])
    if (!line.startsWith(beginning)) throw new Error(`the Python router printed: ${line}`)
    return line
  }

  async stop(): Promise<void> {
    this.#child.stdin.end() // its signal to stop
    await this.#ended
  }

  async #nextLine(): Promise<string> {
    while (!this.#text.includes('\n')) {
      await new Promise<void>((resolve) => (this.#notify = resolve))
    }
    const [line = ''] = this.#text.split('\n', 1)
    this.#text = this.#text.slice(line.length + 1)
    return line
  }
}
