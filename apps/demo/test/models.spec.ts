import { expect, test, type Page } from '@playwright/test'
import { answers, complaintsOf, panel, sendAndWait } from './chat-page.ts'
import { startWithModel } from './stage.ts'
import { occurs, Traffic } from './traffic.ts'

const SEALED = '/v2/secure'
const COMPLETION_1 = '/v1/chat/secure_completion'

test.describe.configure({ mode: 'default', timeout: 120_000 })
const { model, router } = startWithModel()
test.beforeEach(() => model.says('Yes.'))

test('the models of the router are offered once the field is used; their names travel sealed', async ({
  page,
}) => {
  const traffic = await Traffic.of(page)
  const complaints = complaintsOf(page)
  model.offers(['qwen/Qwen3-0.6B', 'mistral-small', '', 'mistral-small'])
  await page.goto(router.address)
  await expect(page.locator('#fingerprint')).toBeVisible()
  expect(traffic.sent(SEALED)).toEqual([])
  await page.getByLabel('Model', { exact: true }).focus()
  await expect.poll(() => offered(page)).toEqual(['nomyo-embedded', 'qwen/Qwen3-0.6B', 'mistral-small'])
  await expect(page.locator('#model-note')).toHaveText(/^The router offers 2 models/)
  expect(occurs('Qwen3-0.6B', await traffic.everything())).toBe(false)
  await expect(page.locator('#no-exchanges')).toBeVisible() // it is no part of the conversation

  await page.getByLabel('Model', { exact: true }).fill('mistral-small')
  await sendAndWait(page, 'Which one are you?')
  expect(await askedModel(page)).toBe('mistral-small')
  await page.getByLabel('Model', { exact: true }).focus()
  await sendAndWait(page, 'And now?')
  expect(model.timesAsked).toBe(1)
  expect(complaints).toEqual([])
})

test('a list that is none, or whose names are markup, is nothing but text to the page', async ({ page }) => {
  const complaints = complaintsOf(page)
  await page.goto(router.address)
  const field = page.getByLabel('Model', { exact: true })
  for (const list of [null, 'data', { data: 'x' }, { data: [null, 7, { id: 7 }, { name: 'x' }] }]) {
    model.says('Yes.')
    model.offersRaw(list)
    await field.focus()
    await expect.poll(() => model.timesAsked).toBe(1)
    await expect(page.locator('#model-note')).toHaveText('The router does not list its models. Type a name.')
    await page.getByLabel('Message', { exact: true }).focus()
  }
  const markup = '"><img src=x onerror="globalThis.ran = true">'
  model.offersRaw({ data: [{ id: markup }] })
  await field.focus()
  await expect.poll(() => offered(page)).toEqual(['nomyo-embedded', markup])
  await field.fill(markup)
  await sendAndWait(page, 'Is this a name?')
  expect(await askedModel(page)).toBe(markup)
  expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false)
  expect(complaints).toEqual([])
})

test('names that no field holds as they are, and endless ones, are not offered', async ({ page }) => {
  await page.goto(router.address)
  model.offers(['a\nb', 'a\u2028b', '  ', ' one', 'one ', 'x'.repeat(5_000_000), 'one', 'x'.repeat(200)])
  await page.getByLabel('Model', { exact: true }).focus()
  await expect(page.locator('#model-note')).toHaveText(/^The router offers 2 models/)
  expect(await offered(page)).toEqual(['nomyo-embedded', 'one', 'x'.repeat(200)])
})

test('a field that was opened and left keeps its model', async ({ page }) => {
  model.offers(['one'])
  await page.goto(`${router.address}/?model=some-model`)
  const field = page.getByLabel('Model', { exact: true })
  await field.focus()
  await expect(field).toHaveValue('') // so that the browser offers all
  await expect(field).toHaveAttribute('placeholder', 'some-model')
  await page.getByLabel('Message', { exact: true }).focus()
  await expect(field).toHaveValue('some-model')
  await field.focus()
  await page.keyboard.type('another')
  await page.keyboard.press('Tab')
  await expect(field).toHaveValue('another')
})

test('where the router lists none, what has answered before is offered, also after a reload', async ({
  page,
}) => {
  model.offers(undefined)
  await page.goto(router.address)
  await page.getByLabel('Model', { exact: true }).fill('my-own')
  await expect(page.locator('#model-note')).toHaveText('The router does not list its models. Type a name.')
  await sendAndWait(page, 'Are you there?')
  await page.reload()
  expect(await offered(page)).toEqual(['nomyo-embedded', 'my-own'])
  await page.getByLabel('Model', { exact: true }).focus()
  await expect.poll(() => model.timesAsked).toBeGreaterThan(1)
  expect(await offered(page)).toEqual(['nomyo-embedded', 'my-own'])
})

const PATHS = { 'auto': SEALED, '1.0': COMPLETION_1 } as const

for (const [protocol, path] of Object.entries(PATHS)) {
  test(`the tier that is chosen goes with each message, and none is sent unasked: ${protocol}`, async ({
    page,
  }) => {
    const tiers: (string | undefined)[] = []
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === path) tiers.push(request.headers()['x-security-tier'])
    })
    await page.goto(`${router.address}/?protocol=${protocol}`)
    for (const tier of ['', 'standard', 'high', 'maximum', '']) {
      await page.getByLabel('Tier').selectOption(tier)
      await sendAndWait(page, `With ${tier || 'no'} tier.`)
    }
    expect(tiers).toEqual([undefined, 'standard', 'high', 'maximum', undefined])
    await expect(answers(page)).toHaveCount(5)
  })
}

/** The names that the browser offers for the model. */
function offered(page: Page): Promise<readonly string[]> {
  return page
    .locator('#models option')
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value))
}

/** The model of the request that is shown. */
async function askedModel(page: Page): Promise<string> {
  const text = await panel(page, 'Request').getByTestId('text').textContent()
  return JSON.parse(text ?? '').model
}
