/** What a conversation needs: a models' server that a test scripts, and the real `nomyo router` before it. */
import type { ServerResponse } from 'node:http'
import { start } from './command.ts'
import { directoryWithKey, emptyDirectory } from './key-directory.ts'
import { DONE, event, EVENTS, startModels, type ModelsRequest, type ModelsServer } from './stack.ts'

/** Both, and how the command reaches them. */
export interface ChatStack extends AsyncDisposable {
  readonly models: ModelsServer
  readonly url: string
  /** The router's key. */
  readonly fingerprint: string
  /** The options that every command here needs. */
  readonly args: readonly string[]
  /** A working directory of its own, and the router in the environment. */
  readonly options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }
  /** The messages of each completion that was asked for. */
  messages(): readonly (readonly { readonly role: string; readonly content: unknown }[])[]
}

/** Answers completions with `answer`. */
export async function startChatStack(
  answer: (response: ServerResponse, request: ModelsRequest) => unknown,
): Promise<ChatStack> {
  const models = await startModels((response, request) =>
    request.body === '' ? listModels(response) : answer(response, request),
  )
  const router = start(['router', '--port', '0', '--upstream', `${models.url}/v1`], {
    cwd: directoryWithKey(),
  })
  const url = `http://localhost:${await router.port()}`
  return {
    ...{ models, url, fingerprint: await router.fingerprint(), args: ['--allow-http'] },
    options: { cwd: emptyDirectory(), env: { NOMYO_BASE_URL: url } },
    messages: () => asked(models).map(({ body }) => (JSON.parse(body) as { messages: [] }).messages),
    [Symbol.asyncDispose]: async () => {
      await models[Symbol.asyncDispose]()
      await router.stop('SIGKILL')
    },
  }
}

/** The requests for completions. */
export function asked({ requests }: ModelsServer): readonly ModelsRequest[] {
  return requests.filter(({ body }) => body !== '')
}

/** Streams these pieces and ends. */
export function streaming(...pieces: readonly string[]): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, EVENTS)
    for (const piece of pieces) response.write(event(piece))
    response.end(DONE)
  }
}

/** Streams a first piece and then nothing, without an end. */
export function hanging(piece: string): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, EVENTS)
    response.write(event(piece))
  }
}

function listModels(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ object: 'list', data: [{ id: 'first-model' }, { id: 'second-model' }] }))
}
