/** How the rows are written down. */

/** @typedef {[file: string | undefined, title: string | RegExp]} Proof a title is the whole one, `describe > test` */

/**
 * One thing that somebody hostile, or bad luck, can do.
 *
 * @typedef {object} Row
 * @property {string} what it is, and what must come of it
 * @property {Proof[]} proofs each has at least one test, and all of them pass
 * @property {string} [needs] what a machine may lack: there the row counts as skipped, if its tests were
 */

/** @typedef {{ name: string, rows: Row[] }} Area */

/** @param {string} name @param {Row[]} rows @returns {Area} */
export const area = (name, rows) => ({ name, rows })

/** @param {string} what @param {...Proof} proofs @returns {Row} */
export const row = (what, ...proofs) => ({ what, proofs })

/** The same, where a machine may lack something. @param {string} needs @param {Row} one @returns {Row} */
export const needing = (needs, one) => ({ ...one, needs })

/** Exactly these tests of a group. @param {string | undefined} file @param {string} group @param {...string} titles @returns {Proof[]} */
export const within = (file, group, ...titles) => titles.map((title) => [file, `${group} > ${title}`])

/** Every test whose title begins so, and at least one. @param {string | undefined} file @param {string} beginning @returns {Proof} */
export const all = (file, beginning) => [
  file,
  new RegExp(`^${beginning.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}`),
]
