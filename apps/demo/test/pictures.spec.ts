import { createHash } from 'node:crypto'
import { expect, test, type Page } from '@playwright/test'
import { answers, complaintsOf, failures, panel, progressOf, send, sendAndWait } from './chat-page.ts'
import { LocalRouter } from './local-router.ts'
import { attach, gif, photo, transfer, webp } from './pictures.ts'
import { occurs, Traffic } from './traffic.ts'

const SEALED = '/v2/secure'
const MIB = 1024 * 1024

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('pictures of each kind travel sealed, as data URLs, and the model gets all their bytes', async ({
  page,
}) => {
  const traffic = await Traffic.of(page)
  const complaints = complaintsOf(page)
  await page.goto(router.address)
  await expect(page.locator('#fingerprint')).toBeVisible()
  const files = [
    await photo(page, 'png'),
    await photo(page, 'jpeg'),
    await webp(page),
    gif('dot.gif'),
  ] as const
  await attach(page, ...files)
  await expect(attached(page)).toHaveCount(4)
  await expectDrawn(page, '#pictures img', 4)
  await sendAndWait(page, 'What is on them?')
  await expect(attached(page)).toHaveCount(0)
  await expectDrawn(page, '.mine img', 4)

  const sizes = files.map(({ buffer }) => `${buffer.length} bytes`).join(', ')
  await expect(answers(page)).toContainText(`4 images (${sizes})`)
  await expect(answers(page)).toContainText(createHash('sha256').update('What is on them?').digest('hex'))
  await expect(page.locator('#reading')).toContainText('This page computes the same')
  const text = await panel(page, 'Request').getByTestId('text').textContent()
  const { content } = JSON.parse(text ?? '').messages[0]
  const types = content.slice(1).map(({ image_url: { url } }: Part) => url.slice(0, url.indexOf(',')))
  expect(types).toEqual(['png', 'jpeg', 'webp', 'gif'].map((type) => `data:image/${type};base64`))
  expect(text?.length).toBeLessThan(2_000) // cut, to be read
  const base64 = files[0].buffer.toString('base64')
  expect(occurs(base64.slice(200, 260), await traffic.everything())).toBe(false)
  expect(await page.locator('.mine img').first().getAttribute('src')).toContain(base64)
  expect(traffic.sent(SEALED)[0]?.length).toBeGreaterThan(base64.length)
  expect(traffic.hosts).toEqual([new URL(router.address).host])
  expect(complaints).toEqual([])
})

test('pictures are pasted and dropped; a text with its picture is pasted as the text', async ({ page }) => {
  await page.goto(router.address)
  await transfer(page, 'paste', gif('pasted.gif'))
  await transfer(page, 'drop', gif('dropped.gif'))
  await expect(attached(page)).toContainText(['pasted.gif', 'dropped.gif'])
  await transfer(page, 'paste', gif('cell.gif'), '42')
  await transfer(page, 'drop', gif('last.gif')) // read after it, if it were read
  await expect(attached(page)).toContainText(['pasted.gif', 'dropped.gif', 'last.gif'])
  await page.getByRole('button', { name: 'Send' }).click() // no text is needed
  await expect(answers(page)).toContainText('0 characters, 3 images')
})

test('a picture can be removed, by keys too, and what is no picture is not attached', async ({ page }) => {
  await page.goto(router.address)
  await attach(
    page,
    gif('one.gif'),
    { ...gif('no.gif'), buffer: Buffer.from('GIF? <svg onload=1>') },
    gif('two.gif'),
  )
  await expect(attached(page)).toContainText(['one.gif', 'two.gif'])
  const note = page.locator('#picture-note')
  await expect(note).toContainText('no.gif was not attached: it is no PNG, JPEG, WebP or GIF picture')
  await expect(note).toHaveAttribute('role', 'alert')
  await page.getByRole('button', { name: 'Remove one.gif' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Remove two.gif' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Attach pictures' })).toBeFocused()
  await expect(note).toBeEmpty()
  await sendAndWait(page, 'Without.')
  await expect(answers(page)).not.toContainText('image')
})

test('a hostile name of a file changes nothing of the words around it', async ({ page }) => {
  const complaints = complaintsOf(page)
  await page.goto(router.address)
  const turned = '\u202Egnp.<img src=x onerror=alert(1)>\u2066'
  const long = 'y'.repeat(10_000)
  await transfer(page, 'drop', gif(turned))
  await transfer(page, 'drop', gif(long))
  await transfer(page, 'drop', { ...gif(turned), buffer: Buffer.from('<svg onload=alert(1)/>') })
  const plain = 'gnp.<img src=x onerror=alert(1)>'
  await expect(page.locator('#picture-note')).toHaveText(
    `${plain} was not attached: it is no PNG, JPEG, WebP or GIF picture. `,
  )
  await expect(attached(page).locator('.picture-name')).toHaveText([
    `${plain}, 42 bytes`,
    `${'y'.repeat(100)}…, 42 bytes`,
  ])
  await expect(page.getByRole('button', { name: `Remove ${plain}`, exact: true })).toBeVisible()
  await sendAndWait(page, 'Two?')
  await expect(page.locator('.mine img').first()).toHaveAttribute('alt', plain)
  expect(complaints).toEqual([])
})

test('what only begins as a picture is sent as it is, runs nothing and fetches nothing', async ({ page }) => {
  const traffic = await Traffic.of(page)
  await page.goto(router.address)
  const script =
    '<svg xmlns="http://www.w3.org/2000/svg" onload="ran=1"><image href="http://127.0.0.1:9/"/></svg>'
  const files = ['GIF89a', '\x89PNG\r\n', '\xFF\xD8\xFF'].map((beginning, index) => ({
    ...gif(`${index}.svg`),
    buffer: Buffer.from(beginning + script, 'latin1'),
  }))
  await attach(page, ...files)
  await expect(attached(page)).toHaveCount(3)
  await sendAndWait(page, 'What is this?')
  await expect(answers(page)).toContainText('3 images')
  expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false)
  expect(traffic.hosts).toEqual([new URL(router.address).host])
})

test('what is too large is said before it is sent, and nothing is lost', async ({ page }) => {
  const traffic = await Traffic.of(page)
  await page.goto(router.address)
  await page.getByLabel('Message', { exact: true }).fill('Look at this.')
  await attach(page, gif('small.gif'), gif('large.gif', 8 * MIB))
  const note = page.locator('#picture-note')
  await expect(note).toContainText('large.gif was not attached: the request would have')
  await expect(note).toContainText('10,485,760 bytes are the most')
  await expect(attached(page)).toContainText(['small.gif'])
  await expect(page.getByLabel('Message', { exact: true })).toHaveValue('Look at this.')

  // With what still fits, and then with a text that does not.
  await attach(page, gif('fits.gif', 7_850_000))
  await expect(attached(page)).toContainText(['small.gif', 'fits.gif'])
  const long = 'x'.repeat(600_000)
  await send(page, long)
  await expect(note).toContainText('This was not sent: the request would have')
  await expect(page.getByLabel('Message', { exact: true })).toHaveValue(long)
  await expect(attached(page)).toHaveCount(2)
  expect(traffic.sent(SEALED)).toEqual([])

  await sendAndWait(page, 'Now it fits.')
  await expect(answers(page)).toContainText('2 images')
  await expect(note).toBeEmpty()
  expect(traffic.sent(SEALED)).toHaveLength(1)
  // It travels again with each message, so that there is no room for another one.
  await attach(page, gif('again.gif', MIB))
  await expect(note).toContainText('again.gif was not attached')
})

test('on a phone "Send" stays in reach of a long text with its pictures', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 })
  await page.goto(router.address)
  await attach(page, ...['a', 'b', 'c', 'd', 'e'].map((name) => gif(`${name}.gif`)))
  await expect(attached(page)).toHaveCount(5)
  await attach(page, gif('large.gif', 8 * MIB))
  await expect(page.locator('#picture-note')).not.toBeEmpty()
  await page.getByLabel('Message', { exact: true }).fill('long\n'.repeat(40))
  const composer = page.locator('#composer')
  await composer.evaluate((form) => form.scrollTo(0, form.scrollHeight))
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible()
  const isInside = await composer.evaluate((form) => {
    const [send, chat] = [form.querySelector('#send'), form.closest('.chat')]
    return (send?.getBoundingClientRect().bottom ?? Infinity) <= (chat?.getBoundingClientRect().bottom ?? 0)
  })
  expect(isInside).toBe(true)
})

test('a large picture is seen being read, sealed and sent, and goes again with "Retry"', async ({ page }) => {
  const progress = await progressOf(page)
  const bar = await barOf(page)
  await page.goto(router.address)
  await expect(page.locator('#fingerprint')).toBeVisible()
  await router.stop()
  await attach(page, gif('large.gif', 6 * MIB))
  await send(page, 'How large is it?')
  await expect(failures(page)).toContainText('The router cannot be reached', { timeout: 30_000 })
  await expectDrawn(page, '.mine img', 1)
  await router.start()
  await page.getByRole('button', { name: 'Retry' }).click()
  await expect(answers(page)).toContainText(`1 image (${gif('', 6 * MIB).buffer.length} bytes)`)
  await expect(page.locator('#progress-bar')).toBeHidden()
  const said = (await progress()).filter((words, index, all) => words !== all[index - 1])
  expect(said.join('\n')).toMatch(
    /Reading large\.gif…\n[^]*Sealing your message… \(with 6,\S+ bytes of pictures\)\nSealed and sent\. [^]*The answer arrives/,
  )
  const size = gif('', 6 * MIB).buffer.length
  const shown = await bar()
  expect(shown).toContainEqual([0, size])
  expect(shown.filter(([value, max]) => max === size && value > 0)).not.toEqual([]) // it was told while reading
  const last = shown.filter(([, max]) => max === 3).map(([value]) => value)
  expect(last.slice(-3)).toEqual([0, 1, 2])
})

interface Part {
  readonly image_url: { readonly url: string }
}

function attached(page: Page): ReturnType<Page['locator']> {
  return page.getByRole('list', { name: 'Attached pictures' }).getByRole('listitem')
}

/** So many pictures, each of which the browser could read and may show. */
async function expectDrawn(page: Page, selector: string, count: number): Promise<void> {
  const drawn = (): Promise<number> =>
    page
      .locator(selector)
      .evaluateAll((images) => images.filter((image) => (image as HTMLImageElement).naturalWidth > 0).length)
  await expect.poll(drawn).toBe(count)
}

/** Records what the bar has shown: value and most. */
async function barOf(page: Page): Promise<() => Promise<readonly (readonly [number, number])[]>> {
  await page.addInitScript(() => {
    const values: [number, number][] = []
    Object.assign(globalThis, { values })
    const listen = (): void => {
      const bar = document.querySelector<HTMLProgressElement>('#progress-bar:not([hidden])')
      if (bar === null) return
      const [value, max] = values.at(-1) ?? []
      if (value !== bar.value || max !== bar.max) values.push([bar.value, bar.max])
    }
    const options = { childList: true, subtree: true, attributes: true }
    new MutationObserver(listen).observe(document, options)
  })
  return () => page.evaluate(() => (globalThis as unknown as { values: [number, number][] }).values)
}
