/**
 * The server's side of the NOMYO envelope as a fetch handler.
 * @packageDocumentation
 */
export { isAllowedHost } from './access/hosts.js'
export type { TierModels } from './access/tiers.js'
export type { Backend, BackendCall } from './backend/backend.js'
export { embeddedBackend } from './backend/embedded/embedded-backend.js'
export type { EmbeddedBackendOptions } from './backend/embedded/embedded-backend.js'
export { openAIBackend } from './backend/openai-backend.js'
export type { OpenAIBackendOptions } from './backend/openai-backend.js'
export type { ReloadKeys } from './key-ring.js'
export type { LogFields, RouterLogger } from './logger.js'
export type { RouterLimits, RouterOptions } from './options.js'
export type { SecurityTier, Version } from './protocol.js'
export { createRouter } from './router.js'
export type { RouterHandler } from './router.js'
export { memoryReplayStore } from './v2/replay-store.js'
export type { MemoryReplayStoreOptions, ReplayStore } from './v2/replay-store.js'
