/**
 * The client, for those who installed the command: the same names as `@nomyo/client`.
 * @packageDocumentation
 */
export { SecureChatCompletion } from '@nomyo/client'
export type { Chat, ServerKeyInfo } from '@nomyo/client'
export {
  APIConnectionError,
  APIError,
  APITimeoutError,
  APIUserAbortError,
  AuthenticationError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  RateLimitError,
  ServerError,
  ServiceUnavailableError,
} from '@nomyo/client'
export type { APIErrorCode, APIErrorInit } from '@nomyo/client'
export type { OpenEvent, SealEvent } from '@nomyo/client'
export type { GivenKey, KeyInfo } from '@nomyo/client'
export type { APIKey } from '@nomyo/client'
export type { HeaderRecord } from '@nomyo/client'
export type { Logger, LogLevel } from '@nomyo/client'
export type { CallOptions, ClientOptions, Limits, SecurityTier } from '@nomyo/client'
export type {
  ChatCompletion,
  ChatCompletionChoice,
  ChatCompletionContentPart,
  ChatCompletionCreateParams,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
  ChatCompletionMetadata,
  ChatCompletionTool,
  ChatCompletionUsage,
} from '@nomyo/client'
export {
  DowngradeError,
  KeyStoreError,
  memoryKeyStore,
  NomyoError,
  PayloadTooLargeError,
  SecurityError,
  ServerKeyMismatchError,
  StreamTruncatedError,
  ValidationError,
} from '@nomyo/client'
export type {
  CoreErrorCode,
  KeyEvent,
  KeyPair,
  KeyRecord,
  KeyStore,
  KeyStoreErrorCode,
  KeyStoreWarning,
  KeyStoreWarningCode,
  Password,
  PublicKey,
  RotationOptions,
  RouterTrust,
  SaveOptions,
  SetOptions,
  TrustStore,
} from '@nomyo/client'
