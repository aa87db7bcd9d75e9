/**
 * Running other programs from the scripts. Only Node built-ins: this loads before anything is installed.
 */
import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A failure with an explanation for the user, who needs no stack trace of ours. */
export class Failure extends Error {}

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/** @type {Set<{ kill: (signal: NodeJS.Signals) => void }>} */
const running = new Set()
/** @type {NodeJS.Signals | undefined} */
let stoppedBy

// Without this a SIGTERM ends only the script, and what it started lives on.
/** @param {NodeJS.Signals} signal */
function stopChildren(signal) {
  stoppedBy ??= signal
  for (const child of running) child.kill(signal)
}

// The handlers live only as long as a child does: afterwards signals belong to whoever comes next.
function track(child) {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, stopChildren)
  running.add(child)
}

function untrack(child) {
  running.delete(child)
  if (running.size > 0) return
  for (const signal of SIGNALS) process.off(signal, stopChildren)
  if (stoppedBy) process.exit(128 + constants.signals[stoppedBy])
}

/**
 * Runs a program to its end. A signal that reaches this process is passed on, and once every child has
 * ended the script ends too.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {boolean} [options.capture] keep stdout and stderr in `output` rather than showing them
 * @param {number} [options.timeout] ms, after which the program and its children are killed
 * @param {boolean} [options.shell]
 * @param {boolean} [options.interactive] leave it the keyboard
 * @param {string} [options.cwd] default: the root of the workspace
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>}
 */
export function run(command, args, options = {}) {
  const { env = process.env, capture = false, timeout, shell = false, interactive = false } = options
  const { cwd = root } = options
  return new Promise((resolve) => {
    // A group of its own, so that a signal or a time limit also ends what the program itself has started.
    const group = !interactive && process.platform !== 'win32'
    const stdio = capture ? ['ignore', 'pipe', 'pipe'] : 'inherit'
    const child = spawn(command, args, { cwd, env, stdio, shell, detached: group, windowsHide: true })
    const chunks = []
    let timedOut = false
    const entry = { kill: (signal) => killChild(child, signal, group) }
    const timer = timeout && setTimeout(() => ((timedOut = true), entry.kill('SIGKILL')), timeout)
    const end = (code) => {
      clearTimeout(timer)
      untrack(entry)
      resolve({ code, output: Buffer.concat(chunks).toString().trimEnd(), timedOut })
    }
    track(entry)
    child.stdout?.on('data', (chunk) => chunks.push(chunk))
    child.stderr?.on('data', (chunk) => chunks.push(chunk))
    child.once('error', (error) => {
      chunks.push(Buffer.from(error.message))
      end(127)
    })
    child.once('close', (code, signal) => end(code ?? 128 + constants.signals[signal]))
  })
}

function killChild(child, signal, group) {
  try {
    if (group) process.kill(-child.pid, signal)
    else child.kill(signal)
  } catch {
    // It has ended already.
  }
}

/**
 * npm runs a script in a shell, and a SIGTERM to npm ends that shell without a word to us. Nobody waits for
 * us then, so we take it as ours. Not without npm: whoever starts us by hand may leave us running.
 */
function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}

/**
 * Runs `task` if the file was started by hand (`node scripts/x.mjs`) rather than imported.
 *
 * @param {string} moduleURL the caller's import.meta.url
 * @param {() => Promise<void>} task
 */
export async function main(moduleURL, task) {
  if (!process.argv[1] || realpathSync(process.argv[1]) !== realpathSync(fileURLToPath(moduleURL))) return
  endWithParent()
  try {
    await task()
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error)
    process.exitCode = 1
  }
}
