/** Iterations of PBKDF2, in a file that brings nothing along: a key store asks for them before it reads a key. */

/**
 * The iterations of PBKDF2 that are written. A key that was read with fewer is easier to guess: warn, and
 * encrypt it anew.
 */
export const PBKDF2_ITERATIONS = 600_000

/** The most iterations of PBKDF2 that are read. They take about three seconds. */
export const MAX_PBKDF2_ITERATIONS = 10_000_000
