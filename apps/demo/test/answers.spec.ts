import { expect, test, type Page } from '@playwright/test'
import { answers, complaintsOf, failures, send, sendAndWait } from './chat-page.ts'
import { startWithModel } from './stage.ts'

test.describe.configure({ mode: 'default', timeout: 120_000 })
const { model, router } = startWithModel()

test('an answer is shown as it arrives, and stays when it is stopped', async ({ page }) => {
  await page.goto(router.address)
  const release = model.saysFirst('The first part', ' and the second.')
  await send(page, 'Slowly, please.')
  await expect(answers(page)).toContainText('The first part')
  await expect(answers(page)).toHaveAttribute('aria-busy', 'true')
  await expect(page.getByRole('status')).toContainText('The answer arrives')
  release()
  await expect(answers(page)).toContainText('The first part and the second.')
  await expect(answers(page)).not.toHaveAttribute('aria-busy', 'true')

  const releaseNever = model.saysFirst('Only this much', ' and never this.')
  await send(page, 'Again.')
  await expect(answers(page).last()).toContainText('Only this much')
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(failures(page)).toContainText('APIUserAbortError · aborted')
  await expect(answers(page).last()).toContainText('Only this much')
  releaseNever()
  model.says('Whole this time.')
  await page.getByRole('button', { name: 'Retry' }).click()
  await expect(answers(page).last()).toContainText('Whole this time.')
  await expect(answers(page)).toHaveCount(2)
})

test('Markdown is shown as what it means', async ({ page }) => {
  await page.goto(router.address)
  model.says(
    '# Title\n\nSome **bold** text\n\n- one\n- two\n\n```\nlet a = 1 < 2\n```\n\n[link](https://example.com/)',
  )
  await sendAndWait(page, 'Show me.')
  const answer = answers(page)
  await expect(answer.getByRole('heading', { name: 'Title' })).toBeVisible()
  await expect(answer.locator('strong')).toHaveText('bold')
  await expect(answer.getByRole('listitem')).toHaveText(['one', 'two'])
  await expect(answer.locator('pre code')).toHaveText('let a = 1 < 2\n')
  const link = answer.getByRole('link', { name: 'link' })
  await expect(link).toHaveAttribute('rel', 'noopener noreferrer')
  await expect(link).toHaveAttribute('href', 'https://example.com/')
})

const HOSTILE: Readonly<Record<string, string>> = {
  'a script': '<script>globalThis.ran = true</script>',
  'an event handler': '<img src=x onerror="globalThis.ran = true">',
  'a link that is a script': '[click](javascript:globalThis.ran=true)',
  'a link that hides it': '[click](java&#x09;script:globalThis.ran=true)',
  'a data: link': '[click](data:text/html,<script>globalThis.ran=true</script>)',
  'a remote picture': '![secret](http://127.0.0.1:9/secret.png)',
  'a remote picture in HTML': '<img src="http://127.0.0.1:9/secret.png">',
  'a frame': '<iframe srcdoc="<script>parent.ran = true</script>"></iframe>',
  'a style': '<style>body { background: url(http://127.0.0.1:9/x) }</style>',
  'an SVG': '<svg onload="globalThis.ran = true"><use href="http://127.0.0.1:9/x"/></svg>',
  'a form': '<form action="http://127.0.0.1:9/"><button id="send">Send</button></form>',
  'an id of the page': '<p id="messages">mine</p>',
}

test('hostile Markdown runs nothing and fetches nothing', async ({ page }) => {
  const hosts = new Set<string>()
  page.on('request', (request) => hosts.add(new URL(request.url()).host))
  const complaints = complaintsOf(page)
  await page.goto(router.address)
  for (const [name, text] of Object.entries(HOSTILE)) {
    await test.step(name, async () => {
      model.says(`${text}\n\nand *${name}*`)
      await sendAndWait(page, name)
      await expect(answers(page).last().locator('em')).toHaveText(name) // it was read as Markdown
      await expectHarmless(page)
    })
  }
  expect([...hosts]).toEqual([new URL(router.address).host])
  expect(complaints).toEqual([])
})

async function expectHarmless(page: Page): Promise<void> {
  const words = answers(page).locator('.words')
  const foreign = words.locator('script, img, iframe, style, svg, form, button, input, object, [id], [style]')
  await expect(foreign).toHaveCount(0)
  await expect(words.locator('a:not([href^="http"]):not(:not([href]))')).toHaveCount(0)
  for (const link of await words.locator('a').all()) await link.click({ noWaitAfter: true })
  expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false)
}

const TOO_DEEP: Readonly<Record<string, string>> = {
  'quotes in quotes': `${'>'.repeat(3_000)} deep`,
  'lists in lists': `${'- '.repeat(3_000)}deep`,
}

for (const [name, text] of Object.entries(TOO_DEEP)) {
  test(`an answer nested deeper than the parser can follow is shown as it was written: ${name}`, async ({
    page,
  }) => {
    const complaints = complaintsOf(page)
    await page.goto(router.address)
    model.says(text.slice(0, 2_500), text.slice(2_500))
    await sendAndWait(page, 'As deep as you can.')
    await expect(answers(page)).toContainText(text)
    model.says('And *on*.')
    await sendAndWait(page, 'Are you still there?')
    await expect(answers(page).last().locator('em')).toHaveText('on')
    await expect(failures(page)).toHaveCount(0)
    expect(complaints).toEqual([])
  })
}

test('a table that would take the browser half a minute is shown as it was written', async ({ page }) => {
  await page.goto(router.address)
  const table = `|a|b|\n|-|-|\n${'|1|2|\n'.repeat(100_000)}`
  model.says(table)
  await send(page, 'Count.')
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible({ timeout: 10_000 })
  expect(await answers(page).locator('.words').textContent()).toBe(table)
})

const NAMES: Readonly<Record<string, readonly [name: unknown, shown: RegExp]>> = {
  'that turns the line around': ['\u202Esm 1 · lived', /^sm 1 · lived · \d/],
  'of 100,000 characters': ['x'.repeat(100_000), /^x{100}… · \d/],
  'that no text can be made of': [{ toString: 1, valueOf: 1 }, /^a model without a name · \d/],
  'of markup': ['<b>bold</b>', /^<b>bold<\/b> · \d/],
}

for (const [what, [name, shown]] of Object.entries(NAMES)) {
  test(`an answer of a model with a name ${what} is shown`, async ({ page }) => {
    await page.goto(router.address)
    model.saysAs(name, 'Hello.')
    await sendAndWait(page, 'Who are you?')
    await expect(answers(page).locator('.markdown')).toHaveText('Hello.')
    await expect(answers(page).locator('.about')).toHaveText(shown)
    await expect(failures(page)).toHaveCount(0)
  })
}
