/**
 * Protocol 2.0: a sealed HTTP exchange with an answer that is bound to its request and authenticated frame by frame.
 * @packageDocumentation
 */
export {
  capabilitiesHash,
  encodeCapabilities,
  MAX_CAPABILITIES_BYTES,
  parseCapabilities,
} from './capabilities.js'
export type { Capabilities, CapabilitiesInit, OfferedKey } from './capabilities.js'
export type { RequestContext } from './context.js'
export { mayTravelInside } from './inner-request.js'
export type { InnerRequest, RequestLimits } from './inner-request.js'
export { maxSealedRequestBytes, openRequest, readRequestHead } from './open-request.js'
export type { OpenedRequest, RequestHead } from './open-request.js'
export type { OpenResponseOptions, ResponseOpener } from './open-response.js'
export type { OpeningLimits } from './opening.js'
export type { ResponseMeta, ResponsePart } from './parts.js'
export { isAllowedPath, isOriginForm } from './path.js'
export { sealRequest } from './seal-request.js'
export type { SealedRequest, SealRequestOptions } from './seal-request.js'
export type { ResponseSealer, SealResponseOptions } from './seal-response.js'
export type { SealedPart } from './sealing.js'
export {
  CAPABILITIES_PATH,
  CLOCK_WINDOW,
  EXCHANGE_VERSION,
  MAX_FRAME_BYTES,
  REQUEST_TYPE,
  RESPONSE_TYPE,
  SEALED_PATH,
  STREAMED_FRAME_BYTES,
} from './wire.js'
