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
function headingOf({ protocol, streamed }: Way): string {
  return `${protocol} ${streamed ? 'streamed' : 'whole'}`
}

/** One row: what is done, and for each of {@link WAYS} the outcomes, separated by commas. */
export type Row = readonly [name: string, ...cells: string[]]

/** Rows under a heading. */
export interface Group {
  readonly name: string
  readonly rows: readonly Row[]
}

/** All groups in one table of Markdown. */
export function tableOf(groups: readonly Group[]): string {
  const blank = WAYS.map(() => '')
  const heading = ['fault', ...WAYS.map(headingOf)]
  const rows = groups.flatMap(({ name, rows: own }) => [[`**${name}**`, ...blank], ...own])
  const widths = heading.map((_, column) => Math.max(...[heading, ...rows].map((row) => row[column]!.length)))
  const lineOf = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lineOf(heading), rule, ...rows.map(lineOf)].join('\n')
}

/** The outcomes in a cell, each once, the most frequent first. */
export function cellOf(outcomes: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  const names = [...counts].sort(([, one], [, other]) => other - one).map(([outcome]) => outcome)
  return names.join(', ')
}

/** The outcomes that a cell names. */
export function outcomesIn(cell: string): string[] {
  return cell.split(', ')
}
