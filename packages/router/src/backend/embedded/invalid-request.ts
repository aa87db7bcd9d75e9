/** Failures as OpenAI's API writes them. */
import { json } from '../../http/responses.js'

/** The request is not one that OpenAI's API takes. Its message holds no content of the request. */
export class InvalidRequest extends Error {
  /** Which field, such as `messages[1].role`. */
  readonly param: string | null

  constructor(message: string, param: string | null = null) {
    super(message)
    this.name = 'InvalidRequest'
    this.param = param
  }
}

/** `{"error": …}` with type `invalid_request_error`. */
export function errorResponse(
  status: number,
  message: string,
  param: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return json({ error: { message, type: 'invalid_request_error', param, code: null } }, status, headers)
}
