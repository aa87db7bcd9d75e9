/** What was seen, in one table: faults down, protocols and ways of asking across. */

/** A column. */
export interface Way {
  readonly protocol: '1.0' | '2.0'
  readonly streamed: boolean
}

/** The columns, in order. */
export const WAYS: readonly Way[] = [
  { protocol: '1.0', streamed: false },
  { protocol: '1.0', streamed: true },
  { protocol: '2.0', streamed: false },
  { protocol: '2.0', streamed: true },
]

/** A column's heading. */
export function headingOf({ protocol, streamed }: Way): string {
  return `${protocol} ${streamed ? 'streamed' : 'whole'}`
}

/** One row: its name and a cell for each of {@link WAYS}. */
export type Row = readonly [string, ...(readonly string[])]

/** A table of Markdown. */
export function tableOf(title: string, rows: readonly Row[]): string {
  const all = [[title, ...WAYS.map(headingOf)], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const lineOf = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [heading, ...lines] = all.map(lineOf)
  return [heading, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines].join('\n')
}

/** The outcomes in a cell, each once, the most frequent first. */
export function cellOf(outcomes: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([outcome]) => outcome)
    .join(', ')
}
