/**
 * End-to-end encrypted, OpenAI-style chat completions.
 * @packageDocumentation
 */
export { SecureChatCompletion } from './client.js'
export type { Chat, ServerKeyInfo, WaitOptions } from './client.js'
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
} from './errors/api-error.js'
export type { APIErrorCode, APIErrorInit } from './errors/api-error.js'
export { APIPromise } from './api-promise.js'
export type { WithResponse } from './api-promise.js'
export { createSecureFetch } from './fetch/secure-fetch.js'
export type { SecureFetchOptions } from './fetch/secure-fetch.js'
export type { OnSecurityError } from './fetch/failures.js'
export { Stream } from './stream/stream.js'
export type { OpenEvent, SealEvent } from './exchange/events.js'
export type { Protocol } from './exchange/exchange.js'
export type { Protection } from './protection.js'
export type { KeyInfo } from './keys/client-keys.js'
export type { GivenKey } from './keys/given-key.js'
export type { APIKey } from './options/api-key.js'
export type { HeaderRecord } from './options/headers.js'
export type { Logger, LogLevel } from './options/logger.js'
export type { CallOptions, SecurityTier } from './options/call-options.js'
export type { ClientOptions, Limits } from './options/options.js'
export type {
  ChatCompletionChunk,
  ChatCompletionChunkChoice,
  ChatCompletionDelta,
  ChatCompletionDeltaToolCall,
} from './types/chunk.js'
export type {
  ChatCompletion,
  ChatCompletionChoice,
  ChatCompletionLogprobs,
  ChatCompletionMessage,
  ChatCompletionMetadata,
  ChatCompletionTokenLogprob,
  ChatCompletionUsage,
  FinishReason,
  ServiceTier,
  TokenLogprob,
} from './types/completion.js'
export type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionContentPartFile,
  ChatCompletionContentPartImage,
  ChatCompletionContentPartInputAudio,
  ChatCompletionContentPartRefusal,
  ChatCompletionContentPartText,
  ChatCompletionDeveloperMessageParam,
  ChatCompletionFunctionMessageParam,
  ChatCompletionMessageParam,
  ChatCompletionSystemMessageParam,
  ChatCompletionToolMessageParam,
  ChatCompletionUserMessageParam,
} from './types/messages.js'
export type {
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsBase,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionStreamOptions,
  ResponseFormat,
} from './types/request.js'
export type {
  ChatCompletionCustomTool,
  ChatCompletionFunctionTool,
  ChatCompletionMessageCustomToolCall,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageToolCall,
  ChatCompletionTool,
  ChatCompletionToolChoiceOption,
  FunctionDefinition,
  JsonSchema,
} from './types/tools.js'
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
} from '@nomyo/core'
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
} from '@nomyo/core'
