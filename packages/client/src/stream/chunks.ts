/** A chat completion that came as a whole, cut into the chunks in which a stream would have brought it. */
import type { ChatCompletionChunk, ChatCompletionDelta, ChatCompletionDeltaToolCall } from '../types/chunk.js'
import type { ChatCompletion, ChatCompletionChoice } from '../types/completion.js'
import type { ChatCompletionMessageToolCall } from '../types/tools.js'

/** What is the same in all chunks of an answer. */
type ChunkHead = Omit<ChatCompletionChunk, 'choices' | 'usage'>

/**
 * The chunks, in OpenAI's order: for each choice its role, what the message holds, its tool calls one by one, and
 * why it ended; then the usage, if it was asked for and is known. The first one has the metadata.
 */
export function* chunksOf(completion: ChatCompletion, includeUsage: boolean): Generator<ChatCompletionChunk> {
  const { choices, usage, object: _, _metadata, ...rest } = completion
  const head: ChunkHead = { ...rest, object: 'chat.completion.chunk' }
  const noUsage = includeUsage ? { usage: null } : {}
  let once: Pick<ChatCompletionChunk, '_metadata'> = _metadata === undefined ? {} : { _metadata }
  for (const choice of choices) {
    for (const piece of piecesOf(choice)) {
      yield { ...head, choices: [piece], ...noUsage, ...once }
      once = {}
    }
  }
  if (includeUsage && usage !== undefined) yield { ...head, choices: [], usage }
}

type ChunkChoice = ChatCompletionChunk['choices'][number]

function* piecesOf({
  index,
  message,
  logprobs,
  finish_reason,
}: ChatCompletionChoice): Generator<ChunkChoice> {
  const { role, tool_calls: toolCalls, content, refusal, ...others } = message
  const piece = (delta: ChatCompletionDelta): ChunkChoice => ({ index, delta, finish_reason: null })
  yield piece({ role: role ?? 'assistant', content: content === null ? null : '' })
  const known = Object.fromEntries(
    Object.entries(others).filter(([, value]) => value !== null && value !== undefined),
  )
  if (Object.keys(known).length > 0) yield piece(known)
  if (content || refusal || logprobs) {
    yield {
      ...piece({ ...(content ? { content } : {}), ...(refusal ? { refusal } : {}) }),
      ...(logprobs ? { logprobs } : {}),
    }
  }
  for (const [position, call] of (toolCalls ?? []).entries())
    yield piece({ tool_calls: [callAt(position, call)] })
  yield { index, delta: {}, finish_reason: finish_reason ?? 'stop' }
}

function callAt(index: number, call: ChatCompletionMessageToolCall): ChatCompletionDeltaToolCall {
  return { ...call, index }
}
