import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@nomyo/client'

/** A request whose answer comes in chunks. */
export type ConversationRequest = ChatCompletionCreateParams & { stream: true }

/** What has been said and answered. The router keeps nothing, so all of it travels with each message. */
export class Conversation {
  readonly #messages: ChatCompletionMessageParam[] = []

  /** The request that carries `text` after everything before it. What failed is not part of it. */
  request(model: string, text: string): ConversationRequest {
    return { model, messages: [...this.#messages, { role: 'user', content: text }], stream: true }
  }

  /** Adds a message and its answer. */
  add(text: string, answer: string): void {
    this.#messages.push({ role: 'user', content: text }, { role: 'assistant', content: answer })
  }
}
