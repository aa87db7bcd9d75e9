import { createHash } from 'node:crypto'
import { expect, test, type Locator, type Page } from '@playwright/test'
import {
  answers,
  complaintsOf,
  failures,
  panel,
  send,
  sendAndWait,
  WITH_KEY_GENERATION,
} from './chat-page.ts'
import { LocalRouter } from './local-router.ts'
import { occurs, Traffic } from './traffic.ts'

const SECRET = 'Which of the two is older, the letter or the envelope?'
const SEALED = '/v2/secure'
const COMPLETION_1 = '/v1/chat/secure_completion'

const router = new LocalRouter()

// The router is one for all, and some tests stop it.
test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('the first visit shows the key that the router really has', async ({ page }) => {
  const fingerprint = await router.fingerprint()
  await page.goto(router.address)
  await expect(page.getByText(fingerprint, { exact: true })).toBeVisible()
  await expect(page.getByText(/^Trusted on first use, since /)).toBeVisible()
  await expect(page.locator('#trust-fact')).toHaveText('Router key trusted on first use')
  await expect(page.getByText('Your key: none, and 2.0 needs none')).toBeVisible()
})

test('a message travels sealed, and the page shows what travelled', async ({ page }) => {
  const traffic = await Traffic.of(page)
  const complaints = complaintsOf(page)
  const visit = await page.goto(router.address)
  expect(visit?.headers()['content-security-policy']).toContain("default-src 'none'")
  await send(page, SECRET)
  const answer = createHash('sha256').update(SECRET).digest('hex')
  await expect(page.getByRole('log')).toContainText(answer)
  await expect(page.locator('#protocol-fact')).toHaveText('Protocol 2.0')

  await page.getByRole('button', { name: 'Show whole' }).click()
  const request = panel(page, 'Request')
  expect(await shownBytes(request)).toEqual(traffic.sent(SEALED)[0])
  const requestText = JSON.parse((await request.getByTestId('text').textContent()) ?? '')
  expect(requestText.messages).toEqual([{ role: 'user', content: SECRET }])
  await expect(request.locator('.open-side .size')).toHaveText(`${JSON.stringify(requestText).length} bytes`)
  await expect(page.locator('#reading')).toContainText(answer)
  await expect(page.locator('#reading')).toContainText('This page computes the same')

  await page.getByRole('tab', { name: 'Answer' }).click()
  const reply = panel(page, 'Answer')
  await page.getByRole('button', { name: 'Show whole' }).click()
  const [received] = await traffic.received(SEALED)
  expect(await shownBytes(reply)).toEqual(received)
  await expect(reply.getByTestId('text')).toContainText('chat.completion.chunk')

  await expectNoSecret(page, traffic, answer)
  expect(traffic.hosts).toEqual([new URL(router.address).host])
  expect(complaints).toEqual([])
})

test('over 1.0 the page shows the envelopes in JSON, with a key of its own', async ({ page }) => {
  const traffic = await Traffic.of(page)
  await page.goto(router.address)
  await page.getByLabel('Protocol').selectOption('1.0')
  await sendAndWait(page, SECRET)
  await expect(page.locator('#protocol-fact')).toHaveText('Protocol 1.0')
  await page.getByRole('button', { name: 'Show whole' }).click()
  const [sent] = traffic.sent(COMPLETION_1)
  expect(await panel(page, 'Request').getByTestId('envelope').textContent()).toBe(sent?.toString())
  await page.getByRole('tab', { name: 'Answer' }).click()
  await page.getByRole('button', { name: 'Show whole' }).click()
  const [received] = await traffic.received(COMPLETION_1)
  expect(await panel(page, 'Answer').getByTestId('envelope').textContent()).toBe(received?.toString())
  await expectNoSecret(page, traffic, createHash('sha256').update(SECRET).digest('hex'))
  await page.getByRole('tab', { name: 'Request' }).click()
  const text = await panel(page, 'Request').getByTestId('text').textContent()
  const plaintext = JSON.stringify(JSON.parse(text ?? ''))
  await expect(panel(page, 'Request').getByRole('row')).toContainText([
    `ciphertext${plaintext.length} bytes`,
    'nonce12 bytes',
    'tag16 bytes',
    'encrypted_aes_key512 bytes',
  ])
  for (const id of ['key-step', 'seal-step', 'network-step', 'open-step']) {
    await expect(page.locator(`#${id}`)).toHaveText(/^[\d.,]+ ms$/)
  }
  const steps = /^Timeline: key .+ ms, seal .+ ms, network and router .+ ms, open .+ ms$/
  await expect(page.getByRole('img', { name: steps })).toBeVisible()
  await expect(page.locator('#timeline .bar')).toHaveCount(4)
})

test('sizes and times of each step are shown, and what a field is, on hover and on focus', async ({
  page,
}) => {
  await page.setViewportSize(SCREENS.desktop)
  await page.goto(router.address)
  await sendAndWait(page, 'Short.')
  const request = panel(page, 'Request')
  const names = ['magic4', 'reserved2', 'key length2', 'key ID32', 'issued at8', 'sealed keys512', 'nonce12']
  await expect(request.getByRole('row')).toContainText([...names, 'ciphertext', 'tag16'])
  await expect(page.locator('#key-step')).toHaveText('none needed')
  for (const id of ['seal-step', 'network-step', 'open-step']) {
    await expect(page.locator(`#${id}`)).toHaveText(/^[\d.,]+ ms$/)
  }
  await expect(
    page.getByRole('img', { name: /^Timeline: seal .+, network and router .+, open / }),
  ).toBeVisible()
  const note = request.locator('.field-note')
  await request.getByRole('button', { name: 'sealed keys, 512 bytes' }).hover()
  await expect(note).toContainText('which only the router unwraps')
  await expect(note).toBeInViewport({ ratio: 1 })
  await request.getByRole('button', { name: 'tag, 16 bytes' }).focus()
  await expect(note).toContainText('reveals any change')
})

test('the whole conversation travels with each message, to the model of ?model=', async ({ page }) => {
  await page.goto(`${router.address}/?model=some-model`)
  await sendAndWait(page, 'First.')
  await sendAndWait(page, 'Second.')
  const text = await panel(page, 'Request').getByTestId('text').textContent()
  const { model, messages } = JSON.parse(text ?? '')
  expect(model).toBe('some-model')
  expect(messages.map(({ role }: { role: string }) => role)).toEqual(['user', 'assistant', 'user'])
  await page.getByRole('button', { name: 'Show on the wire' }).first().click()
  await expect(page.getByText('1 of 2')).toBeVisible()
})

test('Enter sends, Shift+Enter breaks the line, arrow keys change the tab', async ({ page }) => {
  await page.goto(router.address)
  const field = page.getByLabel('Message', { exact: true })
  await field.focus()
  const { height: before = 0 } = (await field.boundingBox()) ?? {}
  await page.keyboard.type('one')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('two <b>not bold</b>')
  expect((await field.boundingBox())?.height).toBeGreaterThan(before)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log')).toContainText('one\ntwo <b>not bold</b>', { useInnerText: true })
  await answers(page).first().waitFor({ timeout: WITH_KEY_GENERATION })
  await page.getByRole('tab', { name: 'Request' }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tab', { name: 'Answer' })).toBeFocused()
  await expect(page.getByRole('tabpanel', { name: 'Answer' })).toBeVisible()
})

test('a router that is gone is said in words, and retry works once it is back', async ({ page }) => {
  await page.goto(router.address)
  await sendAndWait(page, 'Before.')
  await router.stop()
  await send(page, SECRET)
  const failure = failures(page)
  await expect(failure).toContainText('The router cannot be reached', { timeout: 30_000 })
  await expect(failure).toContainText('APIConnectionError · connection_failed')
  await expect(failure).not.toContainText(/\bat .*:\d+/)
  await router.start()
  await page.getByRole('button', { name: 'Retry' }).click()
  await expect(page.getByLabel('Message', { exact: true })).toBeFocused()
  await expect(answers(page)).toHaveCount(2)
  await expect(failure).toHaveCount(0)
})

test('stop ends a message that waits', async ({ page }) => {
  await page.goto(router.address)
  await sendAndWait(page, 'Before.')
  await page.route(`**${SEALED}`, () => undefined) // never answered
  const given = page.waitForEvent('requestfailed')
  await send(page, SECRET)
  await expect(page.getByRole('status')).toContainText('Waiting for the answer')
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(failures(page)).toContainText('APIUserAbortError · aborted')
  expect((await given).url()).toContain(SEALED)
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible()
})

test('a router whose key has changed gets no message', async ({ page }) => {
  await page.goto(router.address)
  await sendAndWait(page, 'Before.')
  const fingerprint = (await page.locator('#fingerprint').textContent()) ?? ''
  await router.restartWithNewKey()
  await send(page, SECRET)
  await expect(failures(page)).toContainText('ServerKeyMismatchError · server_key_mismatch', {
    timeout: 30_000,
  })
  await expect(failures(page)).toContainText(fingerprint)
})

test('a page without cryptography says so and sends nothing', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined }))
  const traffic = await Traffic.of(page)
  await page.goto(router.address)
  await expect(page.getByRole('alert')).toContainText('SecurityError · insecure_context')
  await expect(page.getByRole('button', { name: 'Send' })).toBeDisabled()
  expect(traffic.sent('/pki/public_key')).toEqual([])
  expect(traffic.sent('/pki/capabilities')).toEqual([])
})

const SCREENS = { desktop: { width: 1360, height: 850 }, phone: { width: 360, height: 740 } }

for (const [screen, viewport] of Object.entries(SCREENS)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the page fits: ${screen}, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      await page.goto(router.address)
      await expect(page.getByLabel('Message', { exact: true })).toBeInViewport({ ratio: 1 })
      await sendAndWait(page, `${SECRET}\n${'longword'.repeat(40)}`)
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(tooWide).toBeLessThanOrEqual(0)
      const tooHigh = await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight)
      if (screen === 'desktop') expect(tooHigh).toBeLessThanOrEqual(0)
      const path = `test-results/demo-${screen}-${colorScheme}.png`
      await page.screenshot({ path, fullPage: screen === 'phone' })
    })
  }
}

/** The bytes that the page shows in hexadecimal. */
async function shownBytes(side: Locator): Promise<Buffer> {
  const hex = (await side.getByTestId('envelope').locator('.hex').allTextContents()).join('')
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

/** Neither the message nor the answer is in anything that travelled. */
async function expectNoSecret(page: Page, traffic: Traffic, answer: string): Promise<void> {
  const everything = await traffic.everything()
  expect(occurs(SECRET, everything)).toBe(false)
  expect(occurs(answer, everything)).toBe(false)
  // They would have been found: the search finds both in the page, and the record holds what did travel.
  const shown = Buffer.from(await page.content())
  expect(occurs(SECRET, shown) && occurs(answer, shown)).toBe(true)
  expect(occurs(SECRET, Buffer.from(Buffer.from(`x${SECRET}`).toString('base64')))).toBe(true)
  const sent = [...traffic.sent(SEALED), ...traffic.sent(COMPLETION_1)]
  const received = [...(await traffic.received(SEALED)), ...(await traffic.received(COMPLETION_1))]
  expect(sent.length > 0 && received.length > 0).toBe(true)
  for (const bytes of [...sent, ...received]) expect(everything.includes(bytes)).toBe(true)
}
