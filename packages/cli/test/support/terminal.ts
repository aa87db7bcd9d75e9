/** The real command in a pseudo-terminal, with somebody who types. */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import { BIN, environmentWith, type CommandOptions } from './command.ts'

/** Seconds until a command that waits for something else than what is typed is ended. */
const PATIENCE = 40
const DRIVER = fileURLToPath(new URL('./terminal.py', import.meta.url))

/** Waits for a text on the screen and types another. */
export interface Step {
  readonly expect: string
  /** `\r` is the Enter key, `\x03` is Ctrl-C. */
  readonly type: string
}

/** What was seen. */
export interface Session {
  /** Everything that appeared, escape sequences included. */
  readonly output: string
  readonly code: number
  /** How many steps were met. */
  readonly seen: number
}

/** How the command runs. */
export interface TerminalOptions extends Pick<CommandOptions, 'cwd' | 'env'> {
  /** A file that takes standard output in place of the terminal. */
  readonly stdout?: string
}

/** Skips the test, with the reason, if there is nothing that opens pseudo-terminals. */
export function skipWithoutTerminal({ skip }: TestContext): void {
  const probe = spawnSync('python3', ['-c', 'import os, pty; pty.fork; os.waitstatus_to_exitcode'])
  if (probe.status !== 0)
    skip('no python3, 3.9 or later, with the module pty was found: nothing opens a pseudo-terminal')
}

/** Runs `nomyo` in a terminal to its end, or to that of a minute. */
export async function inTerminal(
  args: readonly string[],
  steps: readonly Step[],
  { cwd = '.', env, stdout }: TerminalOptions = {},
): Promise<Session> {
  const task = {
    argv: [process.execPath, BIN, ...args],
    // Under CI, which is no person, Node shows no colours.
    env: environmentWith({ CI: undefined, TERM: 'xterm', ...env }),
    cwd,
    steps,
    stdout,
    patience: PATIENCE,
  }
  const child = spawn('python3', [DRIVER], { stdio: ['pipe', 'pipe', 'inherit'] })
  let answer = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text))
  child.stdin.end(JSON.stringify(task))
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  return JSON.parse(answer) as Session
}
