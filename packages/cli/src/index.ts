/**
 * The client, for those who installed the command: the same names as `@nomyo/client`.
 * @packageDocumentation
 */
export { SecureChatCompletion } from '@nomyo/client'
export type { Chat, ServerKeyInfo, WaitOptions } from '@nomyo/client'
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
export { APIPromise } from '@nomyo/client'
export type { WithResponse } from '@nomyo/client'
export { createSecureFetch } from '@nomyo/client'
export type { SecureFetchOptions } from '@nomyo/client'
export type { OnSecurityError } from '@nomyo/client'
export { Stream } from '@nomyo/client'
export type { OpenEvent, Protection, Protocol, SealEvent } from '@nomyo/client'
export type { GivenKey, KeyInfo } from '@nomyo/client'
export type { APIKey } from '@nomyo/client'
export type { HeaderRecord } from '@nomyo/client'
export type { Logger, LogLevel } from '@nomyo/client'
export type { CallOptions, ClientOptions, Limits, SecurityTier } from '@nomyo/client'
export type {
  ChatCompletionChunk,
  ChatCompletionChunkChoice,
  ChatCompletionDelta,
  ChatCompletionDeltaToolCall,
} from '@nomyo/client'
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
} from '@nomyo/client'
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
} from '@nomyo/client'
export type {
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsBase,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionStreamOptions,
  ResponseFormat,
} from '@nomyo/client'
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
