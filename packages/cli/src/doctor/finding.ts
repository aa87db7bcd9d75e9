/** What was looked at, and what came of it. */
export interface Finding {
  /** What was looked at. */
  readonly check: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** What to do about it: a command, or a setting. For everything that is not ok. */
  readonly mend?: string
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message }
}

export function warning(check: string, message: string, mend: string): Finding {
  return { check, level: 'warning', message, mend }
}

export function problem(check: string, message: string, mend: string): Finding {
  return { check, level: 'problem', message, mend }
}
