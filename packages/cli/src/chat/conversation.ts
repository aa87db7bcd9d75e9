/** What has been said, and the next answer. */
import type {
  ChatCompletionMessageParam,
  ChatCompletionUsage,
  ChatCompletionUserMessageParam,
  SecureChatCompletion,
} from '@nomyo/client'

/** An answer that has ended. */
export interface Turn {
  readonly content: string
  /** What the router says answered. */
  readonly model: string
  /** Undefined if it was stopped. */
  readonly finishReason: string | undefined
  readonly usage: ChatCompletionUsage | undefined
}

/** A conversation, which is sent as a whole with each question. It is kept in memory only. */
export class Conversation {
  readonly #client: SecureChatCompletion
  #messages: ChatCompletionMessageParam[] = []
  /** Who answers next. */
  model: string

  constructor(client: SecureChatCompletion, model: string) {
    this.#client = client
    this.model = model
  }

  /** Forgets what was said. */
  clear(): void {
    this.#messages = []
  }

  /**
   * Asks, and yields the answer as it arrives. What was stopped by `signal` is remembered as far as it came; a
   * question that failed is not. With `wantsUsage` the turn says how many tokens it took.
   * @throws what `create` throws, but for the abort.
   */
  async *ask(
    content: ChatCompletionUserMessageParam['content'],
    signal: AbortSignal,
    wantsUsage = false,
  ): AsyncGenerator<string, Turn, undefined> {
    const messages: ChatCompletionMessageParam[] = [...this.#messages, { role: 'user', content }]
    const usageToo = wantsUsage ? { stream_options: { include_usage: true } } : {}
    const turn = { content: '', model: this.model, finishReason: undefined as string | undefined }
    let usage: ChatCompletionUsage | undefined
    try {
      const params = { model: this.model, messages, stream: true, ...usageToo } as const
      for await (const chunk of await this.#client.create(params, { signal })) {
        usage = chunk.usage ?? usage
        if (typeof chunk.model === 'string') turn.model = chunk.model
        const [choice] = chunk.choices
        turn.finishReason = choice?.finish_reason ?? turn.finishReason
        const text = choice?.delta.content ?? choice?.delta.refusal ?? ''
        turn.content += text
        if (text !== '') yield text
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
    if (turn.content !== '') this.#messages = [...messages, { role: 'assistant', content: turn.content }]
    return { ...turn, usage }
  }
}
