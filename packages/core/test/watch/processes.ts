/** What this process and its children write and warn of, in Node. */
import { ChildProcess } from 'node:child_process'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { watchFor, type SecretKind } from './secrets.ts'
import { show } from './shown.ts'

/** What no command may print; answers and keys are what some of them are for. */
const NEVER_PRINTED: readonly SecretKind[] = ['password', 'API key']
/** The variables by which the command is given secrets. */
const GIVEN: Readonly<Record<string, SecretKind>> = {
  NOMYO_KEY_PASSWORD: 'password',
  NOMYO_NEW_KEY_PASSWORD: 'password',
  NOMYO_API_KEY: 'API key',
  NOMYO_ROUTER_API_KEYS: 'API key',
  NOMYO_UPSTREAM_API_KEY: 'API key',
}

/** Stands between the tests and those places. */
export function tapProcesses(): void {
  for (const name of ['stdout', 'stderr'] as const) tapStream(process[name], 'write', name)
  const emitWarning = process.emitWarning.bind(process) as (...parameters: unknown[]) => void
  process.emitWarning = ((...parameters: unknown[]) => {
    show('a warning of the process', String(parameters[0]))
    emitWarning(...parameters)
  }) as typeof process.emitWarning
  tapChildren()
}

/** Its `spawn` is what every function that starts one calls. */
function tapChildren(): void {
  const prototype = ChildProcess.prototype as unknown as {
    spawn(this: ChildProcess, options: { readonly envPairs?: readonly string[] }): unknown
  }
  const { spawn } = prototype
  prototype.spawn = function (options) {
    for (const pair of options.envPairs ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
      const kind = GIVEN[name]
      if (kind !== undefined) for (const one of value.split(',')) watchFor(kind, one)
    }
    const result = spawn.call(this, options)
    tapStream(this.stdout, 'push', 'the output of a child', NEVER_PRINTED)
    tapStream(this.stderr, 'push', 'the error output of a child', NEVER_PRINTED)
    return result
  }
}

function tapStream(
  stream: NodeJS.WritableStream | Readable | null,
  name: 'write' | 'push',
  place: string,
  kinds?: readonly SecretKind[],
): void {
  if (stream === null) return
  const method = Reflect.get(stream, name) as (...parameters: unknown[]) => unknown
  Reflect.set(stream, name, function (this: unknown, ...parameters: unknown[]): unknown {
    const [chunk] = parameters
    if (chunk instanceof Uint8Array) show(place, Buffer.from(chunk).toString('utf8'), kinds)
    else if (typeof chunk === 'string') show(place, chunk, kinds)
    return method.apply(this, parameters)
  })
}
