/** ms that what is being closed may take to be gone. */
const GONE = 10_000
/** ms between two looks. */
const INTERVAL = 5

/** What `read` gives once it is no more than `limit`, or after a while all the same. */
export async function fallen<T extends number | undefined>(read: () => T, limit: T): Promise<T> {
  const deadline = performance.now() + GONE
  for (;;) {
    const value = read()
    if (value === undefined || limit === undefined || value <= limit || performance.now() > deadline)
      return value
    await new Promise((resolve) => setTimeout(resolve, INTERVAL))
  }
}
