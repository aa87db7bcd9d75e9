import { readFileSync } from 'node:fs'

/** The most bytes of memory that this process has ever taken: on Linux its VmHWM, elsewhere what `getrusage` says. */
export function peakMemory() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
}
