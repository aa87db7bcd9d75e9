/** Pictures as they are sent: data URLs, so that they travel sealed and nobody has to fetch them. */

/** A picture that goes along with a message. */
export interface Picture {
  readonly name: string
  /** `data:image/…;base64,…` */
  readonly url: string
  /** Bytes of the file. */
  readonly size: number
}

/** How the formats begin that models read. What a file is called says nothing. */
const FORMATS: readonly (readonly [type: string, beginning: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xFF\xD8\xFF/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
]
const LONGEST_BEGINNING = 12
/** Bytes of JSON around a picture’s base64, and some more. */
const AROUND = 128

/** Bytes that a picture of so many bytes takes in a request: base64 makes four of three. */
export function bytesInRequest(size: number): number {
  return Math.ceil(size / 3) * 4 + AROUND
}

/** The type of the picture in a file; undefined if it is none that models read. */
export async function pictureType(file: File): Promise<string | undefined> {
  const beginning = new Uint8Array(await file.slice(0, LONGEST_BEGINNING).arrayBuffer())
  const text = String.fromCharCode(...beginning)
  return FORMATS.find(([, pattern]) => pattern.test(text))?.[0]
}

/** Reads a file; `onProgress` is told how many bytes are read. @throws DOMException if it cannot be read. */
export function readPicture(file: File, type: string, onProgress: (read: number) => void): Promise<Picture> {
  const { name, size } = file
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('progress', ({ loaded }) => onProgress(loaded))
    reader.addEventListener('error', () => reject(reader.error ?? new DOMException('', 'NotReadableError')))
    reader.addEventListener('load', () => resolve({ name, size, url: reader.result as string }))
    reader.readAsDataURL(file.slice(0, size, type))
  })
}
