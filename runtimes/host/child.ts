/** Programs that the host starts, and stops with all that they have started themselves. */
import { spawn } from 'node:child_process'

export interface Child {
  /** Resolves with what it has written, once it has ended. */
  readonly ended: Promise<string>
  /** The first line that it writes. */
  readonly firstLine: Promise<string>
  stop(): Promise<void>
}

const running = new Set<() => void>()
process.once('exit', () => running.forEach((kill) => kill()))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

export function startChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(command, args, {
    ...{ stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, ...env } },
  })
  let output = ''
  let onOutput = (): void => undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      onOutput()
    })
  }
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  running.add(kill)
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      running.delete(kill)
      resolve(`${output.trim()}\n${how}`)
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (code, signal) => end(`It ended with ${signal ?? code}.`))
  })
  const firstLine = new Promise<string>((resolve, reject) => {
    onOutput = () => output.includes('\n') && resolve(output.slice(0, output.indexOf('\n')))
    void ended.then((words) => reject(new Error(words)))
  })
  firstLine.catch(() => undefined)
  return { ended, firstLine, stop: async () => void (kill(), await ended) }
}

/** What a program says to one question, such as its version. */
export async function answerOf(command: string, args: readonly string[]): Promise<string> {
  return (await startChild(command, args).ended).split('\n')[0]!
}
