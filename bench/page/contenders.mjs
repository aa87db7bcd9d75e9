/** All the ways to ask, for a page that is told by its driver whose turn it is. */
import { callOf } from '../contenders.mjs'
import { platform } from '../platform/browser.mjs'
import { requestOf } from '../request.mjs'

let call

globalThis.bench = {
  async prepare(name, target) {
    call = await callOf(name, { ...target, platform })
  },

  /** @returns {Promise<number>} ms of each call */
  async run(bytes, calls) {
    const request = requestOf(bytes)
    const start = performance.now()
    for (let i = 0; i < calls; i++) await call(request)
    return (performance.now() - start) / calls
  },
}
