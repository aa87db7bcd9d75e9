/** How every runtime learns what it needs, and tells what it does. */
import type { Context } from '../suite/context.ts'
import type { Report } from '../suite/harness.ts'

/** Of a page that is no secure context: the host is the proxy that answers for it. */
export const INSECURE_ORIGIN = 'http://insecure.example'

export async function contextFrom(host: string, runtime: string): Promise<Context> {
  const response = await fetch(`${host}/context/${runtime}`)
  return { ...((await response.json()) as Context), host }
}

export function reporterTo(host: string, runtime: string): (report: Report) => Promise<void> {
  return async (report) => {
    const response = await fetch(`${host}/report/${runtime}`, {
      method: 'POST',
      body: JSON.stringify(report),
    })
    await response.text()
  }
}
