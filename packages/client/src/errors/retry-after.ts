// Date.parse alone would take -5 for a day in the past.
const DATE = /^[A-Z][a-z]{2,8},? /

/** Seconds until a retry is welcome, by `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3). */
export function retryAfterSeconds(headers: Headers, now: number = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  if (/^\d{1,9}(\.\d{1,9})?$/.test(value)) return Number(value)
  const date = DATE.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}
