import type { ChatCompletion } from '@nomyo/client'

/** The words of an answer. A router may send anything in an envelope, so nothing is taken for granted. */
export function answerText(completion: ChatCompletion): string {
  const choices = completion.choices as ChatCompletion['choices'] | undefined
  const message = choices?.[0]?.message as Partial<ChatCompletion['choices'][0]['message']> | undefined
  if (typeof message?.content === 'string' && message.content !== '') return message.content
  if (typeof message?.refusal === 'string') return message.refusal
  if (Array.isArray(message?.tool_calls)) return '(The model asked to call a tool. This page has none.)'
  return '(The answer holds no text.)'
}
