/**
 * When the first sealed request of a task left, and how long it generated keys: for Node and for a page.
 *
 * @typedef {object} Marks by the clock of the process or the page, in ms from its start
 * @property {number} start
 * @property {number} sent when the request left
 * @property {number} answered when the task was done
 * @property {number} generations of RSA keys
 * @property {number} generatedFor ms that they took
 */

const SEALED_PATHS = /\/(?:secure_completion|v2\/secure)$/

/** @param {() => Promise<unknown>} task @returns {Promise<Marks>} */
export async function marked(task) {
  const marks = { sent: 0, generations: 0, generatedFor: 0 }
  const restore = [watchRequests(marks), watchGeneration(marks)]
  const start = performance.now()
  try {
    await task()
    return { ...marks, start, answered: performance.now() }
  } finally {
    for (const undo of restore) undo()
  }
}

/** ms from the start of a task to its request, beyond what it took to generate a key. @param {Marks} marks */
export const beyondGenerating = ({ start, sent, generatedFor }) => sent - start - generatedFor

function watchRequests(marks) {
  const { fetch } = globalThis
  globalThis.fetch = (input, init) => {
    const url = String(input instanceof Request ? input.url : input)
    if (marks.sent === 0 && SEALED_PATHS.test(url)) marks.sent = performance.now()
    return fetch(input, init)
  }
  return () => void (globalThis.fetch = fetch)
}

function watchGeneration(marks) {
  const { subtle } = crypto
  const generateKey = subtle.generateKey.bind(subtle)
  subtle.generateKey = async (algorithm, ...rest) => {
    if (algorithm.name !== 'RSA-OAEP') return generateKey(algorithm, ...rest)
    const start = performance.now()
    marks.generations++
    const pair = await generateKey(algorithm, ...rest)
    marks.generatedFor += performance.now() - start
    return pair
  }
  // Its own property goes, and the prototype's is there again.
  return () => void delete subtle.generateKey
}
