/**
 * What the packages of this project share beside the protocol. It is not for others: it changes without notice.
 * @packageDocumentation
 */
export { assertEnvironment } from './keystore/environment.js'
export { asRouterTrust } from './keystore/router-trust.js'
export { joined } from './lib/bytes.js'
export { INTEGER, OCTET_STRING, readElements, SEQUENCE } from './lib/der.js'
export type { Element } from './lib/der.js'
export { giveBack } from './lib/give-back.js'
export { discard } from './lib/streams.js'
export { abortable, within } from './lib/waiting.js'
export { undecryptable } from './pkcs8/failure.js'
export { decodeInteger } from './pkcs8/integer.js'
export { OBJECT_IDENTIFIER } from './pkcs8/oid.js'
