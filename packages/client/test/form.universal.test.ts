/** Forms as bytes, beside what the engine makes of them. */
import { expect, test } from 'vitest'
import { encodeForm } from '../src/fetch/form.js'

const wav = new File([new Uint8Array([0, 255, 13, 10, 45, 45])], 'grüße.wav', { type: 'audio/wav' })

test.each<[string, (form: FormData) => void]>([
  ['nothing', () => undefined],
  ['text', (form) => form.set('model', 'whisper-1')],
  ['line breaks in text', (form) => form.set('prompt', 'a\nb\rc\r\nd')],
  ['quotes and line breaks in names', (form) => form.set('a"b\nc', 'x')],
  ['a file', (form) => form.set('file', wav)],
  ['a file without a type', (form) => form.set('file', new File(['x'], 'x'))],
  ['a blob', (form) => form.set('file', new Blob(['x']))],
  ['quotes and line breaks in the name of a file', (form) => form.set('file', new File(['x'], 'a"b\nc'))],
  [
    'one name several times, in order',
    (form) => {
      for (const value of ['1', wav, '2']) form.append('file', value as string)
    },
  ],
])('%s, byte for byte', async (_, fill) => {
  const form = new FormData()
  fill(form)
  const request = new Request('https://router.example', { method: 'POST', body: form })
  const bytes = await encodeForm(form, request.headers.get('content-type')!)
  expect(new TextDecoder('latin1').decode(bytes)).toBe(
    new TextDecoder('latin1').decode(await request.arrayBuffer()),
  )
})
