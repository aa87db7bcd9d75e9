/** The independent router in Python, for tests: the second implementation of protocol 1.0. */
import { spawn } from 'node:child_process'
import { PEER } from '../../../core/test/python.ts'

/** A running router. */
export interface PythonRouter extends AsyncDisposable {
  readonly url: string
}

/** Starts it on a free port, with a new key of that size. */
export async function startPythonRouter(
  python: string,
  options: { readonly keyBits: 2048 | 3072 | 4096; readonly apiKey?: string },
): Promise<PythonRouter> {
  const key = options.apiKey === undefined ? [] : ['--api-key', options.apiKey]
  const args = ['serve', '--port', '0', '--key-bits', String(options.keyBits), ...key]
  const child = spawn(python, [PEER, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const match = /^listening on (\S+)\n/.exec(text)
      if (match !== null) resolve(match[1]!)
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`the Python router ended: ${errors.join('')}`)))
  })
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end() // its signal to stop
      await ended
    },
  }
}
