/** From a message that was written to its answer in the list. */
import { ServerKeyMismatchError } from '@nomyo/client'
import type { ChosenProtocol, PageClients } from './client.js'
import { Composer } from './composer.js'
import { Conversation, type Written } from './conversation.js'
import type { ExchangeLog } from './exchange-log.js'
import { MessageList, type Turn } from './message-list.js'
import { explain } from './plain-words.js'
import type { Progress } from './progress.js'
import { roomIn } from './pictures/room.js'
import { milliseconds } from './quantities.js'
import { shownName } from './shown-name.js'
import { StreamedAnswer } from './streamed-answer.js'

/** What a chat works with. */
export interface ChatParts {
  readonly clients: PageClients
  readonly log: ExchangeLog
  readonly progress: Progress
  /** The names of the models that the router offers; none if it does not say. */
  readonly listModels: () => Promise<readonly string[]>
  readonly onShowWire: (call: number) => void
  /** Called after each answer. */
  readonly onAnswer: () => void
  /** Called when the router turned out to have another key than the trusted one. */
  readonly onKeyChange: (error: ServerKeyMismatchError) => void
  /** Brings the two keys to the reader. */
  readonly onCompareKeys: () => void
  /** Called when another protocol was chosen. */
  readonly onProtocol: (protocol: ChosenProtocol) => void
}

/** The left half of the page. */
export class Chat {
  readonly #parts: ChatParts
  readonly #conversation: Conversation = new Conversation()
  readonly #messages: MessageList = new MessageList()
  readonly #composer: Composer
  #abort: AbortController | undefined

  constructor(parts: ChatParts) {
    this.#parts = parts
    this.#composer = new Composer({
      send: (written) => void this.#send(written),
      stop: () => this.#abort?.abort(),
      chooseProtocol: (protocol) => parts.onProtocol(protocol),
      listModels: parts.listModels,
      room: (written) => roomIn(this.#conversation.request(this.model, written)),
      onReading: (reading) => (parts.progress.reading = reading),
    })
  }

  /** The protocol that the next message is sent over. */
  get protocol(): ChosenProtocol {
    return this.#composer.protocol
  }

  /** The model that it is for. */
  get model(): string {
    return this.#composer.model
  }

  /** Puts the cursor where it goes on: on "Retry" if the last message failed, else into the text. */
  focus(): void {
    if (!this.#messages.focusRetry()) this.#composer.focus()
  }

  async #send(written: Written): Promise<void> {
    const { log, progress } = this.#parts
    this.#abort = new AbortController()
    this.#isBusy(true)
    progress.pictureBytes = written.pictures.reduce((sum, { size }) => sum + size, 0)
    progress.call = 'begun'
    const turn = this.#messages.add(written)
    try {
      await this.#ask(turn, this.#abort.signal)
    } catch (error) {
      log.fail()
      this.#fail(turn, error)
    } finally {
      progress.call = 'none'
      this.#abort = undefined
      this.#isBusy(false)
    }
  }

  async #ask(turn: Turn, signal: AbortSignal): Promise<void> {
    const { clients, log, progress } = this.#parts
    const { model, tier, protocol } = this.#composer
    const request = this.#conversation.request(model, turn.written)
    const call = log.begin(turn.written.text, request)
    const start = performance.now()
    const answer = new StreamedAnswer()
    const stream = await clients[protocol].create(request, { signal, securityTier: tier })
    for await (const chunk of stream) {
      if (!answer.add(chunk)) continue
      progress.call = 'arriving'
      turn.grow(answer.text)
    }
    log.answer(answer.json, answer.text)
    this.#composer.remember(model)
    this.#conversation.add(turn.written, answer.wholeText)
    const about = `${shownName(answer.model)} · ${milliseconds(performance.now() - start)}`
    turn.answer({ text: answer.wholeText, about, onShowWire: () => this.#parts.onShowWire(call) })
    this.#parts.onAnswer()
  }

  #fail(turn: Turn, error: unknown): void {
    const { onKeyChange, onCompareKeys } = this.#parts
    const isKeyChange = ServerKeyMismatchError.isInstance(error)
    const onCompare = isKeyChange ? onCompareKeys : undefined
    turn.fail(explain(error), { onRetry: () => this.#retry(turn), onCompare })
    if (isKeyChange) onKeyChange(error)
  }

  #isBusy(isBusy: boolean): void {
    this.#composer.isBusy = isBusy
    this.#messages.mayRetry = !isBusy
  }

  /** The message moves to the end, where the conversation stands now. */
  #retry(turn: Turn): void {
    turn.remove()
    this.#composer.focus() // the button that had it is gone
    void this.#send(turn.written)
  }
}
