/** Backends that a test scripts. */
import type { Backend, BackendCall } from '@nomyo/router'

/** A backend that keeps what it was asked. */
export interface ScriptedBackend extends Backend {
  /** The calls; the router overwrites `body`, so `text` keeps it. */
  readonly calls: { readonly call: BackendCall; readonly text: string }[]
}

/** Answers every call with what `reply` makes. */
export function scripted(reply: (call: BackendCall) => Response | Promise<Response>): ScriptedBackend {
  const calls: ScriptedBackend['calls'] = []
  return {
    calls,
    async send(call) {
      calls.push({ call, text: new TextDecoder().decode(call.body) })
      return reply(call)
    },
  }
}

/** A backend that must not be asked. */
export function untouched(): ScriptedBackend {
  return scripted(() => {
    throw new Error('the backend was asked')
  })
}

/** A minimal completion that says `content`. */
export function completion(content = 'Hi.'): Response {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  return Response.json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'test-model',
    choices,
  })
}
