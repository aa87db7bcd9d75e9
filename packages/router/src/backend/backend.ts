/** The extension point to the models. */

/** A request to the models' server, as OpenAI's API has it. */
export interface BackendCall {
  readonly method: 'GET' | 'POST'
  /** Origin form, such as `/v1/chat/completions`. */
  readonly path: string
  /** Lower-case names. Nothing of the client's own headers is among them, least of all its API key. */
  readonly headers: Readonly<Record<string, string>>
  /** UTF-8 JSON; empty for GET. The router overwrites it once the answer has been read, or given up. */
  readonly body: Uint8Array<ArrayBuffer>
  /** Aborts when the client has gone or the time is up: stop generating then. */
  readonly signal: AbortSignal
}

/** Where opened requests go. */
export interface Backend {
  /**
   * The server's answer, whatever its status: the router tells the client what it means, in words of its own.
   * Throw only if there is no answer at all: the router answers 503 then, or 504 if the signal had aborted.
   */
  send(call: BackendCall): Promise<Response>
}
