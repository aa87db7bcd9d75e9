/** One direction of an exchange: the text on one side, the envelope that carried it on the other. */
import { copyOnClick } from './copy-button.js'
import { make, makeButton } from './elements.js'
import { envelopeFields, shortEnvelope, wholeEnvelope } from './envelope-text.js'
import { bytes } from './quantities.js'

/** What travelled in one direction. */
export interface SideContent {
  /** The JSON, to be read by people. */
  readonly text: string
  /** Bytes of JSON in the envelope. */
  readonly textBytes: number
  readonly envelope: Uint8Array
}

/** How a direction is spoken of. */
export interface SideWords {
  readonly text: string
  readonly envelope: string
  /** Whose key the envelope was sealed to. */
  readonly recipient: string
  /** Said below the envelope. */
  readonly note: string
}

/** Shows one direction in `panel`. */
export class WireSide {
  readonly #words: SideWords
  readonly #missing: HTMLElement = make('p', 'empty')
  readonly #columns: HTMLElement
  readonly #text: HTMLElement = make('pre', 'json')
  readonly #textSize: HTMLElement = make('span', 'size')
  readonly #envelope: HTMLElement = make('pre', 'json')
  readonly #envelopeSize: HTMLElement = make('span', 'size')
  readonly #fields: HTMLElement = make('tbody')
  readonly #toggle: HTMLButtonElement
  #content: SideContent | undefined
  #isWhole = false

  constructor(panel: HTMLElement, words: SideWords) {
    this.#words = words
    this.#toggle = makeButton('', 'quiet', () => {
      this.#isWhole = !this.#isWhole
      this.#showEnvelope()
    })
    const copy = make('button', 'quiet', 'Copy')
    copy.type = 'button'
    copyOnClick(copy, () => (this.#content === undefined ? '' : wholeEnvelope(this.#content.envelope)))
    this.#text.dataset['testid'] = 'text'
    this.#envelope.dataset['testid'] = 'envelope'
    this.#columns = make(
      'div',
      'columns',
      make('figure', 'open-side', make('figcaption', '', words.text, ' ', this.#textSize), this.#text),
      make(
        'figure',
        'sealed-side',
        make('figcaption', '', words.envelope, ' ', this.#envelopeSize),
        this.#envelope,
        make('div', 'json-buttons', this.#toggle, copy),
        this.#fieldTable(),
        make('p', 'note', words.note),
      ),
    )
    panel.append(this.#missing, this.#columns)
  }

  /** Shows what travelled, or why there is nothing. */
  show(content: SideContent | undefined, missing: string = ''): void {
    this.#missing.textContent = missing
    this.#missing.hidden = content !== undefined
    this.#columns.hidden = content === undefined
    // What is shown already stays as it is, so that a selection in it stays too.
    if (content === undefined || isSame(content, this.#content)) return
    this.#content = content
    this.#text.textContent = content.text
    this.#textSize.textContent = bytes(content.textBytes)
    this.#envelopeSize.textContent = bytes(content.envelope.length)
    this.#fields.replaceChildren(
      ...envelopeFields(content.envelope, this.#words.recipient).map(({ name, size, meaning }) =>
        make(
          'tr',
          '',
          make('th', '', make('code', '', name)),
          make('td', 'size', bytes(size)),
          make('td', '', meaning),
        ),
      ),
    )
    this.#showEnvelope()
  }

  #showEnvelope(): void {
    if (this.#content === undefined) return
    const { envelope } = this.#content
    this.#envelope.textContent = this.#isWhole ? wholeEnvelope(envelope) : shortEnvelope(envelope)
    this.#toggle.textContent = this.#isWhole ? 'Show shortened' : 'Show whole, byte for byte'
  }

  #fieldTable(): HTMLTableElement {
    const caption = make('caption', 'visually-hidden', 'Fields of the envelope')
    return make('table', 'fields', caption, this.#fields)
  }
}

function isSame(a: SideContent, b: SideContent | undefined): boolean {
  return a.envelope === b?.envelope && a.text === b.text
}
