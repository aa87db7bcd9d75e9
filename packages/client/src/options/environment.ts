/**
 * An environment variable, where there are any and we may read them; undefined if it is missing or empty.
 * Read at each use, never at import.
 */
export function environment(name: string): string | undefined {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
    return process?.env?.[name] || undefined
  } catch {
    return undefined // Deno without permission to read it
  }
}
