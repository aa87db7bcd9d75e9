/** Where messages are written: text, pictures, model, send and stop. */
import type { SecurityTier } from '@nomyo/client'
import type { ChosenProtocol } from './client.js'
import type { Written } from './conversation.js'
import { byId } from './elements.js'
import { ModelField } from './model-field.js'
import { PictureTray, type Reading } from './pictures/picture-tray.js'
import { tooLargeWith } from './pictures/room.js'

/** What the composer asks for. */
export interface ComposerActions {
  readonly send: (written: Written) => void
  readonly stop: () => void
  /** Called when the person has chosen which protocol is spoken from now on. */
  readonly chooseProtocol: (protocol: ChosenProtocol) => void
  /** The names of the models that the router offers; none if it does not say. */
  readonly listModels: () => Promise<readonly string[]>
  /** Bytes that are left in the request that would carry this. */
  readonly room: (written: Written) => number
  /** Told how far a picture is read. */
  readonly onReading: (reading: Reading | undefined) => void
}

/** The form below the messages. */
export class Composer {
  readonly #actions: ComposerActions
  readonly #text: HTMLTextAreaElement = byId('text', HTMLTextAreaElement)
  readonly #tier: HTMLSelectElement = byId('tier', HTMLSelectElement)
  readonly #protocol: HTMLSelectElement = byId('protocol', HTMLSelectElement)
  readonly #send: HTMLButtonElement = byId('send', HTMLButtonElement)
  readonly #stop: HTMLButtonElement = byId('stop', HTMLButtonElement)
  readonly #model: ModelField
  readonly #tray: PictureTray
  #isBusy = false

  constructor(actions: ComposerActions) {
    this.#actions = actions
    this.#tray = new PictureTray({
      room: () => actions.room(this.#written),
      onReading: actions.onReading,
    })
    this.#model = new ModelField(actions.listModels)
    this.#protocol.value = new URLSearchParams(location.search).get('protocol') === '1.0' ? '1.0' : 'auto'
    this.#protocol.addEventListener('change', () => actions.chooseProtocol(this.protocol))
    byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      this.#submit()
    })
    this.#text.addEventListener('keydown', (event) => {
      // While an input method is composing, Enter belongs to it.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      this.#submit()
    })
    this.#text.addEventListener('input', () => this.#grow())
    this.#stop.addEventListener('click', () => actions.stop())
  }

  /** The name in the model field. */
  get model(): string {
    return this.#model.name
  }

  /** That model has answered. */
  remember(model: string): void {
    this.#model.remember(model)
  }

  /** How carefully the router must treat the messages; undefined leaves it to the router. */
  get tier(): SecurityTier | undefined {
    return (this.#tier.value || undefined) as SecurityTier | undefined
  }

  /** Which protocol is spoken. */
  get protocol(): ChosenProtocol {
    return this.#protocol.value === '1.0' ? '1.0' : 'auto'
  }

  /** While a message is on its way, it can be stopped and no other can be sent. */
  set isBusy(isBusy: boolean) {
    this.#isBusy = isBusy
    const hadFocus = [this.#send, this.#stop].includes(document.activeElement as HTMLButtonElement)
    this.#send.hidden = isBusy
    this.#stop.hidden = !isBusy
    if (hadFocus) this.focus()
  }

  /** Puts the cursor into the text. */
  focus(): void {
    this.#text.focus()
  }

  get #written(): Written {
    return { text: this.#text.value, pictures: this.#tray.pictures }
  }

  /** What cannot be sent stays where it is. */
  #submit(): void {
    const written = this.#written
    const isEmpty = written.text.trim() === '' && written.pictures.length === 0
    if (this.#tray.isReading) return void this.#tray.whenRead.then(() => this.#submit())
    if (this.#isBusy || isEmpty) return
    const room = this.#actions.room(written)
    if (room < 0) {
      this.#tray.note = `This was not sent: ${tooLargeWith(room)}`
      return
    }
    this.#text.value = ''
    this.#tray.clear()
    this.#grow()
    this.#actions.send(written)
  }

  /** As high as its text; the style sheet sets the limit. */
  #grow(): void {
    this.#text.style.height = 'auto'
    this.#text.style.height = `${this.#text.scrollHeight + 2}px`
  }
}
