/** Prints a line that belongs into a test's report, such as how much it tried. */
export function say(line: string): void {
  // oxlint-disable-next-line no-console
  console.info(line)
}
