import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@nomyo/client'
import type { Picture } from './pictures/picture.js'

/** A request whose answer comes in chunks. */
export type ConversationRequest = ChatCompletionCreateParams & { stream: true }

/** What a person sends. */
export interface Written {
  readonly text: string
  readonly pictures: readonly Picture[]
}

/** What has been said and answered. The router keeps nothing, so all of it travels with each message. */
export class Conversation {
  readonly #messages: ChatCompletionMessageParam[] = []

  /** The request that carries a message after everything before it. What failed is not part of it. */
  request(model: string, written: Written): ConversationRequest {
    return { model, messages: [...this.#messages, asMessage(written)], stream: true }
  }

  /** Adds a message and its answer. */
  add(written: Written, answer: string): void {
    this.#messages.push(asMessage(written), { role: 'assistant', content: answer })
  }
}

/** One text if there is no picture, since not every server takes parts. */
function asMessage({ text, pictures }: Written): ChatCompletionMessageParam {
  if (pictures.length === 0) return { role: 'user', content: text }
  const images = pictures.map(({ url }) => ({ type: 'image_url' as const, image_url: { url } }))
  return { role: 'user', content: text === '' ? images : [{ type: 'text', text }, ...images] }
}
