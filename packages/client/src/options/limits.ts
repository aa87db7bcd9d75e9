import { MAX_PLAINTEXT_BYTES } from '@nomyo/core'
import { optional } from './checks.js'
import { assertKnownNames } from './known-names.js'

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024

/** Sizes in bytes that a call may not exceed. */
export interface Limits {
  /** Bytes of JSON in a request. Default: 10 MiB, which is also what a router accepts. */
  readonly maxRequestBytes?: number
  /** Bytes of JSON in an answer. Default: 64 MiB. */
  readonly maxResponseBytes?: number
}

/** Limits after every check, with the defaults filled in. @throws ValidationError, TypeError. */
export function checkedLimits(limits: Limits = {}): Required<Limits> {
  assertKnownNames(limits, ['maxRequestBytes', 'maxResponseBytes'], 'limits')
  const { maxRequestBytes = MAX_PLAINTEXT_BYTES, maxResponseBytes = MAX_RESPONSE_BYTES } = limits
  optional(maxRequestBytes, isSize, 'limits.maxRequestBytes must be a number of bytes.')
  optional(maxResponseBytes, isSize, 'limits.maxResponseBytes must be a number of bytes.')
  return { maxRequestBytes, maxResponseBytes }
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value > 0
