/** What the hooks are told: sizes, times and the envelope as it went over the wire, never a plaintext. */

/** A request was sealed and is about to be sent. */
export interface SealEvent {
  readonly protocol: '1.0' | '2.0'
  /** The `X-Payload-ID`, a UUID v4. */
  readonly payloadID: string
  /** The fingerprint of the router's key that it was sealed to. */
  readonly serverKey: string
  /** Bytes of the body before sealing. */
  readonly plaintextBytes: number
  /** The body as it goes over the wire. */
  readonly envelope: Uint8Array
  /** ms that sealing took. */
  readonly milliseconds: number
}

/** An answer arrived and was opened, to its end. */
export interface OpenEvent {
  readonly protocol: '1.0' | '2.0'
  /** The `X-Payload-ID` of the request. */
  readonly payloadID: string
  /** Bytes of the body after opening. */
  readonly plaintextBytes: number
  /** The body as it came over the wire; over 2.0 at most its first 64 KiB. */
  readonly envelope: Uint8Array
  /** Bytes of that body. */
  readonly envelopeBytes: number
  /** ms that opening took; over 2.0, where it happens as the answer arrives, what was left after its last byte. */
  readonly milliseconds: number
  /** ms from sending the request to the last byte of the answer. */
  readonly networkMilliseconds: number
}
