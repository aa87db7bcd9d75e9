/** An answer that is put together as it arrives. */
import type { ChatCompletionChunk } from '@nomyo/client'

/** A router may send anything in an envelope, so nothing of a chunk is taken for granted. */
type Untrusted<T> = { readonly [Key in keyof T]?: T[Key] | undefined | null }

/** Collects the chunks of one answer. */
export class StreamedAnswer {
  readonly #chunks: ChatCompletionChunk[] = []
  #text = ''
  #isToolCall = false

  /** Takes a chunk up; gives whether there is more text now. */
  add(chunk: ChatCompletionChunk): boolean {
    this.#chunks.push(chunk)
    const [choice] = (chunk as Untrusted<ChatCompletionChunk>).choices ?? []
    const delta = (choice as Untrusted<ChatCompletionChunk['choices'][0]> | undefined)?.delta
    if (Array.isArray(delta?.tool_calls)) this.#isToolCall = true
    const more = [delta?.content, delta?.refusal].filter((part) => typeof part === 'string').join('')
    this.#text += more
    return more !== ''
  }

  /** The words until now. */
  get text(): string {
    return this.#text
  }

  /** The words of what has ended, or why there are none. */
  get wholeText(): string {
    if (this.#text !== '') return this.#text
    return this.#isToolCall
      ? '(The model asked to call a tool. This page has none.)'
      : '(The answer holds no text.)'
  }

  /** Which model answered, in its router's words. */
  get model(): string {
    const model: unknown = this.#chunks[0]?.model
    return typeof model === 'string' ? model : 'a model without a name'
  }

  /** The chunks as the client gave them, with a blank line between: each is longer than a line. */
  get json(): string {
    return this.#chunks.map((chunk) => JSON.stringify(chunk)).join('\n\n')
  }
}
