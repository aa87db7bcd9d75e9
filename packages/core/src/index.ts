/**
 * The NOMYO envelope on WebCrypto. Runs wherever `crypto.subtle` does; no dependencies, no I/O.
 * @packageDocumentation
 */
export {
  DowngradeError,
  KeyStoreError,
  NomyoError,
  PayloadTooLargeError,
  SecurityError,
  ServerKeyMismatchError,
  StreamTruncatedError,
  ValidationError,
} from './errors.js'
export type { CoreErrorCode, KeyStoreErrorCode, SecurityErrorCode } from './errors.js'
export { maxEnvelopeBytes } from './envelope/codec.js'
export type { EnvelopeKind } from './envelope/codec.js'
export { open } from './envelope/open.js'
export type { OpenedEnvelope, OpenOptions } from './envelope/open.js'
export { parsePlaintext } from './envelope/plaintext.js'
export { seal } from './envelope/seal.js'
export type { SealOptions } from './envelope/seal.js'
export { ALGORITHM, MAX_PLAINTEXT_BYTES, PLAINTEXT_JSON, VERSION } from './envelope/wire.js'
export { fingerprintOf, parseFingerprint } from './keys/fingerprint.js'
export { generateKeyPair } from './keys/key-pair.js'
export type { GenerateKeyPairOptions, KeyPair, PrivateKeyOptions } from './keys/key-pair.js'
export { decodePem, encodePem } from './keys/pem.js'
export type { PemBlock } from './keys/pem.js'
export { exportPrivateKey, importPrivateKey } from './keys/private-key.js'
export { importPublicKey, isSamePublicKey } from './keys/public-key.js'
export type { PublicKey } from './keys/public-key.js'
export { MAX_MODULUS_BITS, MIN_MODULUS_BITS } from './keys/rsa.js'
export { KeyManager } from './keystore/key-manager.js'
export type { KeyEvent, KeyInUse, KeyManagerOptions } from './keystore/key-manager.js'
export { CURRENT_KEY, PREVIOUS_KEY } from './keystore/keystore.js'
export type {
  KeyRecord,
  KeyStore,
  KeyStoreWarning,
  KeyStoreWarningCode,
  Password,
  RouterTrust,
  SaveOptions,
  SetOptions,
  TrustStore,
} from './keystore/keystore.js'
export { memoryKeyStore } from './keystore/memory.js'
export { assertReplaceable } from './keystore/replaceable.js'
export { resolveRotation } from './keystore/rotation.js'
export type { Rotation, RotationOptions } from './keystore/rotation.js'
export type { Bytes } from './lib/bytes.js'
export { isHarmless, isJsonObject, parseJsonObject } from './lib/json.js'
export type { JsonLimits, JsonObject } from './lib/json.js'
export { subtle } from './lib/subtle.js'
