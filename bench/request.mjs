/** What is asked. @param {number} bytes of the request's JSON, near enough */
export const requestOf = (bytes) => ({
  model: 'bench',
  messages: [{ role: /** @type {const} */ ('user'), content: 'q'.repeat(Math.max(1, bytes - 70)) }],
})
