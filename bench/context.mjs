/**
 * What each part of the bench is given.
 *
 * @typedef {object} Context
 * @property {import('./report.mjs').Report} report
 * @property {import('./measure/child.mjs').Child} servers
 * @property {import('./servers.mjs').Addresses} addresses
 * @property {boolean} isShort
 * @property {(count: number) => number} turns of so many those that this run takes
 */
import { Child } from './measure/child.mjs'

/** @param {import('./report.mjs').Report} report @param {boolean} isShort @returns {Promise<Context>} */
export async function contextOf(report, isShort) {
  const servers = new Child('servers.mjs', [], ['--expose-gc'])
  const addresses = await servers.ready
  const turns = (count) => (isShort ? Math.max(4, Math.ceil(count / 5)) : count)
  return { report, servers, addresses, isShort, turns }
}
