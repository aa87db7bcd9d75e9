/**
 * Makes every test of every package a search for secrets: what the tests seal, open, derive keys from, import and send is
 * looked for in every error of ours that they make, and in all that is logged.
 */
import { afterEach } from 'vitest'
import { secretsShown, tapErrorsAndConsole } from './shown.ts'
import { tapSecrets } from './taps.ts'

tapSecrets()
tapErrorsAndConsole()

if ('process' in globalThis && !('document' in globalThis)) {
  const { tapProcesses } = await import('./processes.ts')
  tapProcesses()
}

afterEach(() => {
  const shown = secretsShown()
  if (shown.length > 0) throw new Error(`secrets were shown: ${shown.join('; ')}`)
})
