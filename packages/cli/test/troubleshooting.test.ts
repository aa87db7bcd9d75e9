/** docs/troubleshooting.md has every code that there is, under its class, and no other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { APIErrorCode, CoreErrorCode } from '@nomyo/client'
import type { KeyStoreWarningCode } from '@nomyo/core'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')

// A code that is missing here, or is none, does not compile.
const codes: Readonly<Record<APIErrorCode | CoreErrorCode, string>> = {
  validation_failed: 'ValidationError',
  payload_too_large: 'PayloadTooLargeError',
  insecure_transport: 'SecurityError',
  insecure_context: 'SecurityError',
  certificate_checks_disabled: 'SecurityError',
  redirect_refused: 'SecurityError',
  cleartext_refused: 'SecurityError',
  response_too_large: 'SecurityError',
  answer_mismatch: 'SecurityError',
  key_refused: 'SecurityError',
  capabilities_refused: 'SecurityError',
  decryption_failed: 'SecurityError',
  downgrade_refused: 'DowngradeError',
  server_key_mismatch: 'ServerKeyMismatchError',
  stream_truncated: 'StreamTruncatedError',
  invalid_request: 'InvalidRequestError',
  envelope_refused: 'InvalidRequestError',
  unauthorized: 'AuthenticationError',
  forbidden: 'ForbiddenError',
  http_not_found: 'NotFoundError',
  rate_limited: 'RateLimitError',
  server_error: 'ServerError',
  service_unavailable: 'ServiceUnavailableError',
  api_error: 'APIError',
  connection_failed: 'APIConnectionError',
  timeout: 'APITimeoutError',
  aborted: 'APIUserAbortError',
  not_found: 'KeyStoreError',
  exists: 'KeyStoreError',
  unreadable: 'KeyStoreError',
  unwritable: 'KeyStoreError',
  insecure_permissions: 'KeyStoreError',
  locked: 'KeyStoreError',
  busy: 'KeyStoreError',
}
const warnings: Readonly<Record<KeyStoreWarningCode, true>> = {
  unencrypted_key: true,
  weak_key_encryption: true,
  key_modes_unchecked: true,
  storage_unavailable: true,
  keys_not_kept: true,
}

/** The chapters of the page by their headings. */
const chapters = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text): [string, string] => [text.slice(0, text.indexOf('\n')), text]),
)

/** The codes in the first column of a chapter's table. */
const rowsOf = (chapter: string): string[] =>
  [...chapters.get(chapter)!.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code!)

test('every code has a heading, and every heading is a code', () => {
  const headings = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code!)
  expect(new Set(headings)).toEqual(new Set(Object.keys(codes)))
  expect(headings).toHaveLength(Object.keys(codes).length)
})

test.each(Object.entries(codes))('%s stands under %s', (code, name) => {
  const chapter = [...chapters.values()].find((text) => text.includes(`### \`${code}\`\n`))!
  const own = chapter.split(/^### /m).find((text) => text.startsWith(`\`${code}\`\n`))!
  const opening = chapter.slice(0, chapter.indexOf('\n### '))
  // Said of the code itself, or of all of its chapter.
  const said = /^`(\w+Error)`/m
  expect(said.exec(own)?.[1] ?? said.exec(opening)?.[1]).toBe(name)
})

test('every warning of a key store has its row', () => {
  expect(new Set(rowsOf('Warnings'))).toEqual(new Set(Object.keys(warnings)))
})

test('every failure of the router has its row, with its status', () => {
  // It is no export: read where it stands.
  const source = readFileSync(join(root, 'packages/router/src/failure.ts'), 'utf8')
  const failures = [...source.matchAll(/^ {2}(\w+): \[\s*(\d{3}),/gm)].map(
    ([, code, status]) => `${code} ${status}`,
  )
  expect(failures.length).toBeGreaterThan(30)
  const rows = [...chapters.get('In a router’s log')!.matchAll(/^\| `(\w+)` +\| (\d{3}) /gm)]
  expect(rows.map(([, code, status]) => `${code} ${status}`)).toEqual(failures)
})
