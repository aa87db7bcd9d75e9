/** What the router and those who ask it agree on. */

/** What the router tells of itself. */
export interface Addresses {
  readonly router: string
  readonly oldRouter: string
  readonly movedRouter: string
  readonly strangeRouter: string
  readonly pin: string
}

export const API_KEY = 'sk-runtimes'

/** The environment of the runtimes that have one. */
export const API_KEY_VARIABLE = { NOMYO_API_KEY: API_KEY }
