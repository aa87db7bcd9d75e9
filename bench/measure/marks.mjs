/** When a page's first sealed request left, and how long it generated keys, by the page's own clock from its navigation. */
export const marks = { sent: 0, generations: 0, generatedFor: 0 }

const SEALED_PATHS = /\/(?:secure_completion|v2\/secure)$/

const { fetch } = globalThis
globalThis.fetch = (input, init) => {
  if (marks.sent === 0 && SEALED_PATHS.test(String(input instanceof Request ? input.url : input))) {
    marks.sent = performance.now()
  }
  return fetch(input, init)
}

const generateKey = crypto.subtle.generateKey.bind(crypto.subtle)
SubtleCrypto.prototype.generateKey = async (algorithm, ...rest) => {
  if (algorithm.name !== 'RSA-OAEP') return generateKey(algorithm, ...rest)
  const start = performance.now()
  marks.generations++
  const pair = await generateKey(algorithm, ...rest)
  marks.generatedFor += performance.now() - start
  return pair
}

/** `task` from its start: ms until its request left and until it was answered, and what was generated meanwhile. */
export async function marked(task) {
  Object.assign(marks, { sent: 0, generations: 0, generatedFor: 0 })
  const start = performance.now()
  await task()
  return { ...marks, start, answered: performance.now() }
}
