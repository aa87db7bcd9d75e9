/** What became of a row: of all the tests that prove it. */

/** @typedef {'pass' | 'fail' | 'missing' | 'skipped'} Verdict */

/**
 * @param {import('./row.mjs').Row} row
 * @param {import('../outcomes.mjs').Outcome[]} outcomes
 * @returns {{ verdict: Verdict, reasons: string[] }} the reasons, where it did not pass
 */
export function judge(row, outcomes) {
  const findings = row.proofs.map((proof) => ({ proof, found: outcomes.filter(fits(proof)) }))
  const absent = findings
    .filter(({ found }) => found.length === 0)
    .map(({ proof }) => `no test ${say(proof)}`)
  const tests = findings.flatMap(({ found }) => found)
  const inState = (wanted) => tests.filter(([, , state]) => state === wanted)
  const failed = inState('failed').map(([file, title]) => `failed: ${file}: ${title}`)
  const skipped = inState('skipped').map(([file, title]) => `not run: ${file}: ${title}`)
  if (failed.length > 0) return { verdict: 'fail', reasons: failed }
  if (absent.length > 0) return { verdict: 'missing', reasons: absent }
  if (skipped.length === 0) return { verdict: 'pass', reasons: [] }
  if (row.needs === undefined) return { verdict: 'missing', reasons: skipped }
  return { verdict: 'skipped', reasons: [`needs ${row.needs}`] }
}

/** @param {import('./row.mjs').Proof} proof */
function fits([file, title]) {
  return ([itsFile, itsTitle]) =>
    (file === undefined || file === itsFile) &&
    (typeof title === 'string' ? title === itsTitle : title.test(itsTitle))
}

/** @param {import('./row.mjs').Proof} proof */
function say([file, title]) {
  const quoted = typeof title === 'string' ? `“${title}”` : String(title)
  return file === undefined ? quoted : `${quoted} in ${file}`
}
