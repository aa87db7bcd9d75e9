'use client'
/** Seals in the browser: the Next.js server hands out a short-lived token and never sees a prompt. */
import { SecureChatCompletion } from '@nomyo/client'
import { indexedDBKeyStore } from '@nomyo/keystore-indexeddb'
import { useRef, useState } from 'react'

export function Chat({ baseURL }) {
  const [answer, setAnswer] = useState('')
  const client = useRef(undefined)

  async function ask(form) {
    // Made on the first question: the server renders this component too, and has no IndexedDB.
    client.current ??= new SecureChatCompletion({
      baseURL,
      keyStore: indexedDBKeyStore(),
      apiKey: async () => (await fetch('/api/token', { method: 'POST' })).text(),
    })
    const messages = [{ role: 'user', content: form.get('question') }]
    setAnswer('')
    for await (const chunk of await client.current.create({
      model: 'Qwen/Qwen3-0.6B',
      messages,
      stream: true,
    })) {
      setAnswer((text) => text + (chunk.choices[0]?.delta.content ?? ''))
    }
  }

  return (
    <form action={ask}>
      <input name="question" aria-label="Question" />
      <button>Ask</button>
      <p aria-live="polite">{answer}</p>
    </form>
  )
}
