/** What a person does on the page, and sees there. */
import { expect, type Locator, type Page } from '@playwright/test'
import { fingerprintOf } from './local-router.ts'

/** ms: the page generates an RSA-4096 key pair before its first message. */
export const WITH_KEY_GENERATION = 60_000

/** Sends a message. */
export async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** Sends a message and waits for its answer. */
export async function sendAndWait(page: Page, text: string): Promise<void> {
  const before = await answers(page).count()
  await send(page, text)
  await expect(answers(page)).toHaveCount(before + 1, { timeout: WITH_KEY_GENERATION })
}

/** The answers in the conversation. */
export function answers(page: Page): Locator {
  return page.getByRole('log').locator('.theirs')
}

/** What stands in the place of answers that failed. */
export function failures(page: Page): Locator {
  return page.getByRole('log').locator('.failure')
}

/** One direction of what went over the wire, `Request` or `Answer`. */
export function panel(page: Page, name: string): Locator {
  return page.getByRole('tabpanel', { name })
}

/** Opens the panel that tells of the protection, if it is closed. */
export async function showProtection(page: Page): Promise<void> {
  const details = page.locator('#protection')
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click()
}

/** The fingerprint of the page's own key as the page shows it, once it has one. */
export async function ownFingerprint(page: Page): Promise<string> {
  await showProtection(page)
  const shown = page.locator('#own-fingerprint')
  await expect(shown).toHaveText(/^sha256\/[A-Za-z0-9+/]{43}=$/, { timeout: WITH_KEY_GENERATION })
  await expect(shown).toBeVisible()
  return (await shown.textContent()) ?? ''
}

/** The fingerprint of the key that the page asks the router to seal the answer to, while `task` runs. */
export async function usedKey(page: Page, task: () => Promise<void>): Promise<string> {
  const [request] = await Promise.all([page.waitForRequest('**/v1/chat/secure_completion'), task()])
  return fingerprintOf(decodeURIComponent(request.headers()['x-public-key'] ?? ''))
}

/** Records what the line of progress has said, on this and on all later visits; gives it for the last one. */
export async function progressOf(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.addInitScript(() => {
    const said: string[] = []
    Object.assign(globalThis, { said })
    const listen = (): void => {
      said.push(document.getElementById('progress')?.textContent ?? '')
    }
    new MutationObserver(listen).observe(document, { childList: true, subtree: true })
  })
  return () => page.evaluate(() => (globalThis as unknown as { said: readonly string[] }).said)
}

/** What the browser complains about: errors in the console, violations of the policy, uncaught exceptions. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return complaints
}
