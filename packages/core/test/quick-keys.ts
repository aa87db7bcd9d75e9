import { vi } from 'vitest'

/**
 * Makes every RSA key that is generated one of 2048 bits, so that tests of what is done with keys need not wait
 * for big ones. Returns how many were generated since.
 */
export function generateQuickKeys(): () => number {
  const generateKey = crypto.subtle.generateKey.bind(crypto.subtle) as (
    algorithm: object,
    ...rest: unknown[]
  ) => Promise<unknown>
  let count = 0
  vi.spyOn(crypto.subtle, 'generateKey').mockImplementation(((algorithm: object, ...rest: unknown[]) => {
    const isRSA = 'modulusLength' in algorithm
    if (isRSA) count++
    return generateKey(isRSA ? { ...algorithm, modulusLength: 2048 } : algorithm, ...rest)
  }) as typeof crypto.subtle.generateKey)
  return () => count
}
