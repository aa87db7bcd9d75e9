/** Where the fields of protocol 2.0 lie in the bytes that travelled. Nothing is opened here, only measured. */

/** A run of bytes that means something. */
export interface ByteField {
  readonly name: string
  readonly bytes: Uint8Array
  readonly meaning: string
}

type Layout = readonly (readonly [name: string, size: number, meaning: string])[]

const NONCE = 12
const TAG = 16
/** Bytes of a frame's header. */
const FRAME_HEADER = 4
/** By which a frame says that it is the last one. */
const FINAL = 0x8000_0000

const REQUEST_HEAD: Layout = [
  ['magic', 4, '“NMQ2”: a sealed request of protocol 2.0'],
  ['reserved', 2, 'zero'],
  ['key length', 2, 'bytes of the sealed keys'],
  ['key ID', 32, 'SHA-256 of the router’s public key: which key opens this'],
  ['issued at', 8, 'the time of sealing in ms; the router refuses what is older than five minutes'],
]
const ANSWER_HEAD: Layout = [
  ['magic', 4, '“NMS2”: a sealed answer of protocol 2.0'],
  ['mode', 2, 'how the answer’s key is sealed, and a zero'],
  ['key length', 2, 'bytes of the two fields that follow'],
  ['key nonce', NONCE, 'random, for the key of this answer'],
  [
    'sealed key',
    48,
    'the answer’s key, under one that travelled in the request and bound to that very request',
  ],
]

/** Whether these are the bytes of protocol 2.0, and not the JSON of 1.0. */
export function isBinary(wire: Uint8Array): boolean {
  return /^NM[QS]2$/.test(String.fromCharCode(...wire.subarray(0, 4)))
}

/** The fields from the first byte to the last; together they are `wire`. */
export function fieldsOf(wire: Uint8Array): readonly ByteField[] {
  const isRequest = wire[2] === 0x51
  const rest = new Rest(wire)
  const head = rest.takeAll(isRequest ? REQUEST_HEAD : ANSWER_HEAD)
  return [...head, ...(isRequest ? requestFields(rest, wire) : framesOf(rest))]
}

function requestFields(rest: Rest, wire: Uint8Array): readonly ByteField[] {
  const keyLength = wire.length < 8 ? 0 : view(wire).getUint16(6)
  return rest.takeAll([
    [
      'sealed keys',
      keyLength,
      'two AES-256 keys, for the request and for its answer, which only the router unwraps',
    ],
    ['nonce', NONCE, 'random, for this request only'],
    [
      'ciphertext',
      rest.size - keyLength - NONCE - TAG,
      'method, path, headers and your text, padded with zeros',
    ],
    ['tag', TAG, 'reveals any change to anything above, and to the headers beside it'],
  ])
}

function framesOf(rest: Rest): readonly ByteField[] {
  const fields: ByteField[] = []
  for (let number = 1; rest.size >= FRAME_HEADER; number++) {
    const header = view(rest.peek(FRAME_HEADER)).getUint32(0)
    const isFinal = header >= FINAL
    const size = isFinal ? header - FINAL : header
    const last = isFinal ? ': the last one, without which the answer counts as cut' : ''
    fields.push(
      ...rest.takeAll([
        [`frame ${number}`, FRAME_HEADER, `the size of a part of the answer${last}`],
        [
          `part ${number}`,
          Math.min(size, rest.size - FRAME_HEADER) - TAG,
          'a part of the answer, encrypted and padded',
        ],
        [`tag ${number}`, TAG, 'reveals any change to this part, or to the order of the parts'],
      ]),
    )
  }
  return [...fields, ...rest.takeAll([['rest', rest.size, 'what is left: the frame is not whole']])]
}

/** Bytes that are taken from the front; never more than there are, since some answers are cut. */
class Rest {
  #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get size(): number {
    return this.#bytes.length
  }

  peek(size: number): Uint8Array {
    return this.#bytes.subarray(0, size)
  }

  takeAll(layout: Layout): readonly ByteField[] {
    return layout.flatMap(([name, size, meaning]) => {
      const bytes = this.peek(Math.max(size, 0))
      this.#bytes = this.#bytes.subarray(bytes.length)
      return bytes.length === 0 ? [] : [{ name, bytes, meaning }]
    })
  }
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
