/** The constants of protocol 2.0 (docs/protocol.md). */
import { utf8, type Bytes } from '../lib/bytes.js'
import type { JsonLimits } from '../lib/json.js'

/** The version that a router’s capabilities offer and its answers name. */
export const EXCHANGE_VERSION = '2.0'

/** `POST`: a sealed request. */
export const SEALED_PATH = '/v2/secure'
/** `GET`: the router's capabilities. */
export const CAPABILITIES_PATH = '/pki/capabilities'
/** The media type of a sealed request. */
export const REQUEST_TYPE = 'application/vnd.nomyo.sealed'
/** The media type of its answer. */
export const RESPONSE_TYPE = 'application/vnd.nomyo.stream'
/** ms by which the clocks of a client and its router may differ. */
export const CLOCK_WINDOW = 300_000

/** `NMQ2`, two reserved bytes of zero, and two for the length of the encrypted keys. */
export const REQUEST_MAGIC: Bytes = Uint8Array.of(0x4e, 0x4d, 0x51, 0x32, 0, 0)
/** Bytes before the encrypted keys: magic, their length, kid and time. */
export const REQUEST_HEAD_BYTES = 48
/** `NMS2`, mode 1, a reserved zero, and the length of what follows as 16 bits: 60. */
export const RESPONSE_MAGIC: Bytes = Uint8Array.of(0x4e, 0x4d, 0x53, 0x32, 1, 0, 0, 60)
/** Bytes before the first frame: magic, nonce, and the wrapped key with its tag. */
export const RESPONSE_HEAD_BYTES: number = 8 + 12 + 48

/** Bytes of each AES key. */
export const KEY_BYTES = 32
/** Bytes of SHA-256. */
export const HASH_BYTES = 32
/** Bytes of a GCM nonce (NIST SP 800-38D section 5.2.1.1). */
export const NONCE_BYTES = 12
/** Bytes of a GCM tag. */
export const TAG_BYTES = 16

/** What tells the two uses of RSA-OAEP, and the two uses of AES-GCM, apart. */
export const KEY_LABEL: Bytes = utf8('nomyo-e2ee/2 key')
export const REQUEST_CONTEXT: Bytes = utf8('nomyo-e2ee/2 request\0')
export const RESPONSE_KEY_CONTEXT: Bytes = utf8('nomyo-e2ee/2 response-key\0')

/** Plaintexts are padded to a multiple of this many bytes, so that sizes tell less. */
export const PADDING_BYTES = 256
/** Bytes of a frame's type and length, before its content. */
export const FRAME_HEAD_BYTES = 3
/** The most bytes of a frame's plaintext. */
export const MAX_FRAME_BYTES = 65_536
/** The one size of all frames in a streamed answer, in bytes of plaintext. */
export const STREAMED_FRAME_BYTES = 1024
/** Most frames in an answer. */
export const MAX_FRAMES: number = 2 ** 20
/** The most bytes of DATA in an answer: 64 MiB. */
export const MAX_RESPONSE_BYTES: number = 64 * 1024 * 1024
/** The most bytes of body in a request: 10 MiB. */
export const MAX_REQUEST_BYTES: number = 10 * 1024 * 1024
/** The most bytes of a request's method, path and headers as JSON: 64 KiB. */
export const MAX_INNER_HEAD_BYTES: number = 64 * 1024

/** What is read of the JSON that this protocol itself writes. */
export const EXCHANGE_JSON: JsonLimits = { maxDepth: 4, maxValues: 1024 }

/** What a frame holds. */
export const FRAME_TYPE = { pad: 0, meta: 1, data: 2, error: 3 } as const
