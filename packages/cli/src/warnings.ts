/** Process warnings as one line for a person, in place of Node's two with a process id in them. */
export function showWarnings(): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ message }) => {
    process.stderr.write(`Warning: ${message}\n`)
  })
}
