/** The real command, started as a child process from `dist/bin.js`. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Writable, type Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'

/** The built command. */
export const BIN: string = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))
/** ms to wait for a line that should come at once; generating an RSA-4096 key takes up to ten seconds. */
const PATIENCE = 60_000

/** How a process ended. */
export interface Ending {
  /** The exit code, or null if a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Where and with what the command runs. */
export interface CommandOptions {
  /** Working directory; the router keeps its keys below it. */
  readonly cwd?: string
  /** Added to the environment, from which every NOMYO_ variable was taken; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What is on standard input. Default: nothing. */
  readonly input?: string | Uint8Array
  /** What is to be read from the file descriptors 3, 4 and so on, each a pipe. */
  readonly descriptors?: readonly (string | Uint8Array)[]
}

const running = new Set<Command>()

/** Skips the test, with the reason, if the command was not built. */
export function skipUnlessBuilt({ skip }: TestContext): void {
  if (!existsSync(BIN)) skip('packages/cli/dist/bin.js is not built: run npm run build first')
}

/** Starts `nomyo` with these arguments. */
export function start(args: readonly string[], options: CommandOptions = {}): Command {
  return new Command(args, options)
}

/** Runs `nomyo` to its end. */
export async function runToEnd(args: readonly string[], options: CommandOptions = {}): Promise<Command> {
  const command = start(args, options)
  await command.ended
  return command
}

/** The environment of a command: no NOMYO_ variables but those of `added`, and no colours. */
export function environmentWith(added: CommandOptions['env'] = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => !OF_OTHERS.test(name))
  const all = Object.entries({ ...Object.fromEntries(inherited), NO_COLOR: '1', ...added })
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

const OF_OTHERS = /^(NOMYO_|PORT$|HOST$|FORCE_COLOR$)/

/** Ends every command that a test has left running. */
export async function stopAll(): Promise<void> {
  for (const command of running) command.kill('SIGKILL')
  await Promise.all([...running].map((command) => command.ended))
}

/** A running or ended command. */
export class Command {
  readonly #child: ChildProcess
  readonly ended: Promise<Ending>
  stdout = ''
  stderr = ''

  constructor(args: readonly string[], { cwd, env, input, descriptors = [] }: CommandOptions) {
    this.#child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: environmentWith(env),
      stdio: [
        input === undefined ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        ...descriptors.map(() => 'pipe' as const),
      ],
    })
    this.#give(this.#child.stdio[0], input)
    for (const [index, content] of descriptors.entries()) this.#give(this.#child.stdio[3 + index], content)
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    running.add(this)
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => {
        running.delete(this)
        resolve({ code, signal })
      })
    })
  }

  #give(pipe: Readable | Writable | null | undefined, content: string | Uint8Array | undefined): void {
    if (content === undefined || !(pipe instanceof Writable)) return
    pipe.on('error', () => undefined) // it may end before it has read all
    pipe.end(content)
  }

  /** Everything that it has printed. */
  get output(): string {
    return this.stdout + this.stderr
  }

  /** Waits until standard output matches. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#waitFor(() => pattern.exec(this.stdout), `standard output like ${String(pattern)}`)
  }

  /** Waits until standard error matches. */
  async logs(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#waitFor(() => pattern.exec(this.stderr), `standard error like ${String(pattern)}`)
  }

  /** Waits until it listens, and gives the port. */
  async port(): Promise<number> {
    return Number((await this.prints(/^NOMYO router at http:\/\/\S+?:(\d+)\/?\s/m))[1])
  }

  /** Waits for the line with the router's key, and gives the fingerprint. */
  async fingerprint(): Promise<string> {
    return (await this.prints(/^Router key (sha256\/\S{44})/m))[1]!
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends the signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Ending> {
    this.kill(signal)
    return this.ended
  }

  async #waitFor<T>(find: () => T | null, what: string): Promise<T> {
    const deadline = Date.now() + PATIENCE
    let ending: Ending | undefined
    void this.ended.then((value) => (ending = value))
    for (;;) {
      const found = find()
      if (found !== null) return found
      if (ending !== undefined || Date.now() > deadline) {
        throw new Error(`no ${what}; exit code ${String(ending?.code)}; it printed:\n${this.output}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** A command both of whose outputs go through one real pipe into `sed`. */
export interface PipedCommand {
  /** Settles when sed has ended, and with it the pipe's only reader. */
  readonly port: Promise<number>
  stop(): Promise<void>
}

/** Starts `nomyo ARGS 2>&1 | sed SCRIPT`; the script must end sed after the line with the port. */
export function startPiped(args: readonly string[], script: string, { cwd }: CommandOptions): PipedCommand {
  const line = 'script=$1; shift; "$@" 2>&1 | { sed "$script"; echo "sed has ended"; }'
  const child = spawn('sh', ['-c', line, 'sh', script, process.execPath, BIN, ...args], {
    cwd,
    // A group of its own, so that the command can be ended behind the shell's back.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const port = new Promise<number>((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
      if (text.includes('sed has ended')) resolve(Number(/:(\d+)$/m.exec(text)?.[1]))
    })
    child.once('error', reject).once('close', () => reject(new Error(`it ended early:\n${text}`)))
  })
  const stop = (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
    return closed
  }
  return { port, stop }
}
