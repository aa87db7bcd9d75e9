/** How sizes, times and dates are written. */

const WHOLE = new Intl.NumberFormat('en')
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })

/** `1,620 bytes` */
export function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${WHOLE.format(count)} bytes`
}

/** `3.4 ms`, from 10 ms on without tenths. */
export function milliseconds(count: number): string {
  return `${count < 10 ? TENTHS.format(count) : WHOLE.format(Math.round(count))} ms`
}

/** A moment in ms since 1970, in the reader's time zone. */
export function moment(time: number): string {
  return MOMENT.format(time)
}

/** `1 day` */
export function days(count: number): string {
  return count === 1 ? '1 day' : `${WHOLE.format(count)} days`
}
