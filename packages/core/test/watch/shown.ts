/** What the tests of one file have shown: every error of ours that was made, and every line that was logged. */
import { viewsOf } from '../no-secrets.ts'
import { kindsIn, type SecretKind } from './secrets.ts'

/** By which errors of ours are known, from whichever copy of the package. */
const KINDS = Symbol.for('@nomyo/core:error-kinds')
const CONSOLE = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

let errors: Error[] = []
let lines: { readonly place: string; readonly text: string; readonly kinds?: readonly SecretKind[] }[] = []
/** Errors that showed nothing, as they were: most are made again and again. */
const clean = new Set<string>()

/** Keeps a line that was logged there; of other `kinds` it may show what it likes. */
export function show(place: string, text: string, kinds?: readonly SecretKind[]): void {
  lines.push({ place, text, ...(kinds === undefined ? {} : { kinds }) })
}

/** Whatever has been shown since this was last called, with a secret in it: one text for each. */
export function secretsShown(): string[] {
  const found = [...errors.flatMap(inError), ...lines.flatMap(inLine)]
  errors = []
  lines = []
  return [...new Set(found)]
}

/** Notices every error of ours, at the one call that its constructor makes, and whatever goes to the console. */
export function tapErrorsAndConsole(): void {
  const { defineProperty } = Object
  Object.defineProperty = function <T>(
    target: T,
    key: PropertyKey,
    descriptor: PropertyDescriptor & ThisType<unknown>,
  ): T {
    if (key === KINDS && target instanceof Error) errors.push(target)
    return defineProperty(target, key, descriptor)
  }
  for (const name of CONSOLE) {
    // oxlint-disable-next-line no-console
    const method = console[name].bind(console)
    // oxlint-disable-next-line no-console
    console[name] = (...words: unknown[]) => {
      for (const word of words)
        for (const [view, text] of viewsOf(word)) show(`console.${name}, ${view}`, text)
      method(...words)
    }
  }
}

function inLine({ place, text, kinds }: (typeof lines)[number]): string[] {
  return kindsIn(text, kinds).map((kind) => `${kind} in ${place}`)
}

/** It is looked at when the test is over, with all that it was given after it was made. */
function inError(error: Error): string[] {
  const face = faceOf(error)
  if (clean.has(face)) return []
  const found = viewsOf(error).flatMap(([view, text]) =>
    kindsIn(text).map((kind) => `${kind} in the ${view} of ${error.name}`),
  )
  if (found.length === 0) clean.add(face)
  return found
}

function faceOf(error: Error): string {
  const fields = Reflect.ownKeys(error).map((key) => {
    const value = Reflect.get(error, key) as unknown
    // Only of what is no object it is certain that it is the same.
    return typeof value === 'object' && value !== null && key !== KINDS
      ? Math.random()
      : `${String(key)}=${String(value)}`
  })
  return [error.name, ...fields].join('\n')
}
