import { byId, make, makeButton } from '../elements.js'
import { bytes } from '../quantities.js'
import { shownName } from '../shown-name.js'
import { takePictures } from './picture-sources.js'
import { bytesInRequest, pictureType, readPicture, type Picture } from './picture.js'
import { tooLargeWith } from './room.js'

/** How far a file is read, in bytes. */
export interface Reading {
  readonly name: string
  readonly read: number
  readonly total: number
}

/** What the tray works with. */
export interface TrayParts {
  /** Bytes that the request may still grow by. */
  readonly room: () => number
  /** Told how far a file is read; undefined once that is over. */
  readonly onReading: (reading: Reading | undefined) => void
}

/** The pictures that go along with the next message. */
export class PictureTray {
  readonly #parts: TrayParts
  readonly #list: HTMLElement = byId('pictures', HTMLElement)
  readonly #note: HTMLElement = byId('picture-note', HTMLElement)
  readonly #attach: HTMLButtonElement = byId('attach', HTMLButtonElement)
  #pictures: readonly Picture[] = []
  /** Files are read one after the other, so that each knows what room the one before it has left. */
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(parts: TrayParts) {
    this.#parts = parts
    takePictures(this.#attach, (files) => this.#add(files))
  }

  /** What is attached now. */
  get pictures(): readonly Picture[] {
    return this.#pictures
  }

  /** Whether files are still being read. */
  get isReading(): boolean {
    return this.#waiting > 0
  }

  /** Fulfilled once all files are read that were given by now. */
  get whenRead(): Promise<void> {
    return this.#last
  }

  /** Says why something was not done. */
  set note(words: string) {
    this.#note.textContent = words
  }

  /** They have been sent. */
  clear(): void {
    this.#pictures = []
    this.note = ''
    this.#list.replaceChildren()
  }

  #add(files: readonly File[]): void {
    this.note = ''
    this.#waiting += files.length
    for (const file of files) {
      this.#last = this.#last.then(() => this.#read(file)).finally(() => this.#waiting--)
    }
  }

  async #read(file: File): Promise<void> {
    const { onReading, room } = this.#parts
    const { size } = file
    const name = shownName(file.name)
    try {
      const type = await pictureType(file)
      if (type === undefined) return this.#refuse(name, 'it is no PNG, JPEG, WebP or GIF picture.')
      const left = room() - bytesInRequest(size)
      if (left < 0) return this.#refuse(name, tooLargeWith(left))
      onReading({ name, read: 0, total: size })
      this.#show(await readPicture(file, type, (read) => onReading({ name, read, total: size })))
    } catch {
      this.#refuse(name, 'the browser could not read it. Was it moved?')
    } finally {
      onReading(undefined)
    }
  }

  #refuse(name: string, reason: string): void {
    this.#note.append(`${name} was not attached: ${reason} `)
  }

  #show(picture: Picture): void {
    this.#pictures = [...this.#pictures, picture]
    const { size } = picture
    const name = shownName(picture.name)
    const remove = makeButton('×', 'quiet remove', () => this.#remove(picture, item))
    remove.setAttribute('aria-label', `Remove ${name}`)
    const caption = make('span', 'picture-name', `${name}, ${bytes(size)}`)
    const item = make('li', 'picture', thumbnail(picture), caption, remove)
    this.#list.append(item)
  }

  /** The cursor goes to the next picture, else to where more can be attached. */
  #remove(picture: Picture, item: HTMLElement): void {
    this.#pictures = this.#pictures.filter((one) => one !== picture)
    const next = item.nextElementSibling ?? item.previousElementSibling
    item.remove()
    this.note = ''
    const button = next?.querySelector('button') ?? this.#attach
    button.focus()
  }
}

/** A small view of a picture. */
export function thumbnail({ name, url }: Picture): HTMLImageElement {
  const image = make('img', 'thumbnail')
  image.src = url
  image.alt = shownName(name)
  return image
}
