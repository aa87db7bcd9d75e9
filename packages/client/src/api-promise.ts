import type { Answer, Reading } from './answer.js'

/** An answer with the HTTP response that brought it. */
export interface WithResponse<T> {
  readonly data: T
  /** Status and headers; its body has been read. */
  readonly response: Response
  /** The `x-request-id` header, to quote to the router's operator. */
  readonly requestID: string | null
  /** The same, as OpenAI's client calls it. */
  readonly request_id: string | null
}

/** An answer that has arrived, and what is made of it. */
export interface Answered<T> {
  readonly answer: Answer
  readonly reading: Reading<T>
}

/** The promise of an answer, which can also be had as an HTTP response. */
export class APIPromise<T> extends Promise<T> {
  readonly #answered: Promise<Answered<T>>
  #data: Promise<T> | undefined

  /** What `then` gives is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  constructor(answered: Promise<Answered<T>>) {
    // Never settled by itself: `then` looks at the answer.
    super(() => undefined)
    this.#answered = answered
  }

  /**
   * The answer as an HTTP response in clear, with its body unread. It takes the answer: it cannot be awaited
   * too.
   */
  async asResponse(): Promise<Response> {
    const { answer, reading } = await this.#answered
    return reading.response(answer)
  }

  /** The answer, and the HTTP response that brought it. */
  async withResponse(): Promise<WithResponse<T>> {
    const [data, { answer }] = await Promise.all([this.#parsed(), this.#answered])
    const { status, headers } = answer.response
    const requestID = headers.get('x-request-id')
    return { data, response: new Response(null, { status, headers }), requestID, request_id: requestID }
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a promise is what it is
  override then<Value = T, Failure = never>(
    onFulfilled?: ((value: T) => Value | PromiseLike<Value>) | null,
    onRejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    return this.#parsed().then(onFulfilled, onRejected)
  }

  override catch<Failure = never>(
    onRejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<T | Failure> {
    return this.#parsed().catch(onRejected)
  }

  override finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#parsed().finally(onFinally)
  }

  #parsed(): Promise<T> {
    this.#data ??= this.#answered.then(({ answer, reading }) => withRequestID(reading.data(answer), answer))
    return this.#data
  }
}

/** Where OpenAI's client has it: a property that JSON and loops do not see. */
function withRequestID<T>(data: T, { response }: Answer): T {
  const value = response.headers.get('x-request-id')
  return Object.defineProperty(data, '_request_id', { value, enumerable: false, configurable: true })
}
