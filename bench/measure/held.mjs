/** Bytes that this process holds, on the heap and in buffers. It must run with `--expose-gc`. */
export async function held() {
  // More than once, since buffers are freed a little after what held them.
  for (let i = 0; i < 3; i++) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}
