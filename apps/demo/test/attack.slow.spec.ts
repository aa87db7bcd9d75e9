import { expect, test, type Page } from '@playwright/test'
import { answers, complaintsOf, sendAndWait } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'

/** What the client raises over 2.0. */
const REFUSALS: Readonly<Record<string, string>> = {
  'Flip a bit': 'SecurityError · decryption_failed',
  'Cut the stream': 'StreamTruncatedError · stream_truncated',
  'Swap two answers': 'SecurityError · decryption_failed',
  'Change the router’s key': 'ServerKeyMismatchError · server_key_mismatch',
  'Replay a request': 'InvalidRequestError · envelope_refused',
}

/** What it raises over 1.0. */
const REFUSALS_OF_1: Readonly<Record<string, string>> = {
  'Flip a bit': 'SecurityError · decryption_failed',
  'Swap two answers': 'SecurityError · answer_mismatch',
  'Change the router’s key': 'ServerKeyMismatchError · server_key_mismatch',
  'Replay a request': 'SecurityError · answer_mismatch',
}

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('each attack over 2.0 is refused with a typed error, and the chat goes on', async ({ page }) => {
  await page.goto(router.address)
  const fingerprint = await router.fingerprint()
  await expect(page.locator('#fingerprint')).toHaveText(fingerprint)
  await expectOutcomes(page, REFUSALS)
  await sendAndWait(page, 'Still here?')
  await expect(answers(page)).toHaveCount(1)
  await expect(page.locator('#key-change')).toBeHidden()
  await expect(page.locator('#fingerprint')).toHaveText(fingerprint)
})

test('over 1.0 a swap and a replay are seen only by what the router wrote into its answer', async ({
  page,
}) => {
  const complaints = complaintsOf(page)
  await page.goto(router.address)
  await page.getByLabel('Protocol').selectOption('1.0')
  await expectOutcomes(page, REFUSALS_OF_1)
  expect(complaints).toEqual([])
})

async function expectOutcomes(page: Page, outcomes: Readonly<Record<string, string>>): Promise<void> {
  await page.getByText('Attack it').click()
  for (const [name, outcome] of Object.entries(outcomes)) {
    const row = page.getByRole('listitem').filter({ has: page.getByRole('button', { name }) })
    await row.getByRole('button', { name }).click()
    await expect(row.getByRole('status')).toContainText(`Refused: ${outcome}`, { timeout: 30_000 })
  }
}
