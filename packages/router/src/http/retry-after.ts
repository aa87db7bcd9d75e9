/** The longest wait that is passed on: a day, in seconds. */
const MAX_SECONDS = 86_400

/**
 * The seconds that a Retry-After header (RFC 9110 section 10.2.3) asks for, whether as seconds or as a date;
 * undefined if it says nothing, nonsense, or more than a day.
 * @param now - ms since 1970.
 */
export function retryAfterSeconds(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? ''
  const isDate = /^[A-Z][a-z]{2}, .{8,24} GMT$/.test(text)
  const seconds = /^\d{1,9}$/.test(text)
    ? Number(text)
    : isDate
      ? Math.ceil((Date.parse(text) - now) / 1000)
      : NaN
  return seconds >= 0 && seconds <= MAX_SECONDS ? seconds : undefined
}
