import { byId } from './elements.js'
import type { Reading } from './pictures/picture-tray.js'
import { bytes } from './quantities.js'

/** How far the message is that is on its way, if there is one. */
export type CallProgress = 'none' | 'begun' | 'sent' | 'sent again' | 'arriving'

const WORDS: Readonly<Record<CallProgress, string>> = {
  'none': '',
  'begun': 'Sealing your message…',
  'sent': 'Sealed and sent. Waiting for the answer…',
  'sent again': 'No usable answer. Sealed afresh, sent again. Waiting for the answer…',
  'arriving': 'The answer arrives, and is opened part by part…',
}
const GENERATING = 'Generating an RSA-4096 key pair: a quarter of a second to ten seconds, once.'
/** Bytes of pictures from which on a message takes long enough for a bar. */
const LARGE = 256 * 1024
/** What is behind a message: it is sealed; the router has read all of it, since it answers. */
const STEPS: Readonly<Record<CallProgress, number>> = {
  'none': 0,
  'begun': 0,
  'sent': 1,
  'sent again': 1,
  'arriving': 2,
}
/** These, and that the answer has ended. */
const ALL_STEPS = 3

/** The line that says what the page is busy with, and a bar for what is large. */
export class Progress {
  readonly #line: HTMLElement = byId('progress', HTMLElement)
  readonly #bar: HTMLProgressElement = byId('progress-bar', HTMLProgressElement)
  #isGenerating = false
  #call: CallProgress = 'none'
  #pictureBytes = 0
  #reading: Reading | undefined

  /** Whether a key pair is being generated. */
  set isGenerating(isGenerating: boolean) {
    this.#isGenerating = isGenerating
    this.#show()
  }

  set call(call: CallProgress) {
    this.#call = call
    this.#show()
  }

  /** Bytes of the pictures in the message that is on its way. */
  set pictureBytes(count: number) {
    this.#pictureBytes = count
  }

  /** The picture that is being read, if one is. */
  set reading(reading: Reading | undefined) {
    this.#reading = reading
    this.#show()
  }

  #show(): void {
    this.#say(this.#words())
    this.#showBar()
  }

  /** Written only if it changed: it is read out. */
  #say(words: string): void {
    if (this.#line.textContent !== words) this.#line.textContent = words
  }

  #words(): string {
    if (this.#isGenerating) return `${GENERATING} ${this.#next()}`
    if (this.#call !== 'none') return this.#callWords()
    return this.#reading === undefined ? '' : `Reading ${this.#reading.name}…`
  }

  #callWords(): string {
    const words = WORDS[this.#call]
    return this.#pictureBytes < LARGE ? words : `${words} (with ${bytes(this.#pictureBytes)} of pictures)`
  }

  /** No part of it is guessed: bytes that are read, and steps that are done. Nobody tells how much has left. */
  #showBar(): void {
    const isLarge = this.#pictureBytes >= LARGE && this.#call !== 'none'
    const reading = this.#reading !== undefined && this.#reading.total >= LARGE ? this.#reading : undefined
    this.#bar.hidden = !isLarge && reading === undefined
    if (isLarge) {
      this.#bar.max = ALL_STEPS
      this.#bar.value = STEPS[this.#call]
    } else if (reading !== undefined) {
      this.#bar.max = reading.total
      this.#bar.value = reading.read
    }
  }

  #next(): string {
    if (this.#call === 'none') return 'You can write already.'
    // What has left already went with the key before it.
    return this.#call === 'begun' ? 'Your message is sealed and sent right after.' : WORDS[this.#call]
  }
}
