import { byId } from './elements.js'

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

/** The line that says what the page is busy with. */
export class Progress {
  readonly #line: HTMLElement = byId('progress', HTMLElement)
  #isGenerating = false
  #call: CallProgress = 'none'

  /** Whether a key pair is being generated. */
  set isGenerating(isGenerating: boolean) {
    this.#isGenerating = isGenerating
    this.#show()
  }

  set call(call: CallProgress) {
    this.#call = call
    this.#show()
  }

  #show(): void {
    this.#line.textContent = this.#isGenerating ? `${GENERATING} ${this.#next()}` : WORDS[this.#call]
  }

  #next(): string {
    if (this.#call === 'none') return 'You can write already.'
    // What has left already went with the key before it.
    return this.#call === 'begun' ? 'Your message is sealed and sent right after.' : WORDS[this.#call]
  }
}
