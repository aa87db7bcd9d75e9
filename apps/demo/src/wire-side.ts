/** One direction of an exchange: the text on one side, the envelope that carried it on the other. */
import { copyOnClick } from './copy-button.js'
import { make, makeButton } from './elements.js'
import { envelopeFields, shortEnvelope, wholeEnvelope, type EnvelopeField } from './envelope-text.js'
import { hexView, MOST_BYTES } from './hex-view.js'
import { bytes } from './quantities.js'
import { fieldsOf, isBinary } from './sealed-bytes.js'

/** What travelled in one direction. */
export interface SideContent {
  /** The JSON, to be read by people. */
  readonly text: string
  /** Bytes of JSON in the envelope. */
  readonly textBytes: number
  readonly envelope: Uint8Array
  /** Bytes that travelled; of a long answer the envelope holds the first ones. */
  readonly envelopeBytes: number
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
  readonly #fieldNote: HTMLElement = make('p', 'field-note')
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
    copyOnClick(copy, () => (this.#content === undefined ? '' : copyOf(this.#content.envelope)))
    // They scroll, which must not take a mouse.
    scrollableByKeys(this.#text, words.text)
    scrollableByKeys(this.#envelope, words.envelope)
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
        // Together, so that the note does not stick above the bytes that it speaks of.
        make('div', '', this.#envelope, this.#fieldNote),
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
    this.#envelopeSize.textContent = sizeOf(content)
    this.#fields.replaceChildren(
      ...fieldRows(content.envelope, this.#words.recipient).map(({ name, size, meaning }) =>
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
    this.#fieldNote.textContent = isBinary(envelope)
      ? 'Point at the bytes, or tab to them, to see what they are.'
      : ''
    this.#envelope.replaceChildren(...this.#shown(envelope))
    const more = envelope.length > MOST_BYTES ? 'Show more' : 'Show whole, byte for byte'
    this.#toggle.textContent = this.#isWhole ? 'Show shortened' : more
  }

  #shown(envelope: Uint8Array): readonly (Node | string)[] {
    if (!isBinary(envelope)) return [this.#isWhole ? mostOf(envelope) : shortEnvelope(envelope)]
    return hexView(fieldsOf(envelope), this.#isWhole, (words) => {
      this.#fieldNote.textContent = words
    })
  }

  #fieldTable(): HTMLTableElement {
    const caption = make('caption', 'visually-hidden', 'Fields of the envelope')
    return make('table', 'fields', caption, this.#fields)
  }
}

function scrollableByKeys(element: HTMLElement, label: string): void {
  element.tabIndex = 0
  element.setAttribute('role', 'group')
  element.setAttribute('aria-label', label)
}

/** Fields whose sizes are worth a row: of 2.0's frames the first. */
function fieldRows(envelope: Uint8Array, recipient: string): readonly EnvelopeField[] {
  if (!isBinary(envelope)) return envelopeFields(envelope, recipient)
  return fieldsOf(envelope)
    .slice(0, 9)
    .map(({ name, bytes: { length }, meaning }) => ({ name, size: length, meaning }))
}

/** The JSON as it travelled, as far as a browser lays it out. */
function mostOf(envelope: Uint8Array): string {
  const left = envelope.length - MOST_BYTES
  const shown = wholeEnvelope(envelope.subarray(0, MOST_BYTES))
  return left > 0 ? `${shown} …${bytes(left)} more` : shown
}

function sizeOf({ envelope, envelopeBytes }: SideContent): string {
  const all = bytes(envelopeBytes)
  return envelope.length === envelopeBytes
    ? all
    : `${all}, of which the first ${bytes(envelope.length)} are here`
}

/** Text as it is; bytes in hexadecimal. */
function copyOf(envelope: Uint8Array): string {
  if (!isBinary(envelope)) return wholeEnvelope(envelope)
  return Array.from(envelope, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function isSame(a: SideContent, b: SideContent | undefined): boolean {
  return a.envelope === b?.envelope && a.text === b.text
}
