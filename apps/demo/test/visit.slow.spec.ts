/** A whole visit, in which nothing may go to another host, or to the browser's console as an error. */
import { expect, test, type Locator, type Page } from '@playwright/test'
import { expectAccessibleEverywhere } from './axe.ts'
import {
  answers,
  complaintsOf,
  failures,
  ownFingerprint,
  send,
  sendAndWait,
  showProtection,
  WITH_KEY_GENERATION,
} from './chat-page.ts'
import { attach, gif } from './pictures.ts'
import { startWithModel } from './stage.ts'

const ATTACKS = [
  'Flip a bit',
  'Cut the stream',
  'Swap two answers',
  'Change the router’s key',
  'Replay a request',
]
/** The browser's own words for the status by which the router refuses a replay. */
const OF_A_REPLAY = /^Failed to load resource: the server responded with a status of 400 \(/

test.describe.configure({ mode: 'default', timeout: 120_000 })
const { model, router } = startWithModel()

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a whole visit: ${colorScheme}`, async ({ page }) => {
    const complaints = complaintsOf(page)
    const hosts = new Set<string>()
    page.on('request', (request) => {
      // What the page makes of its own bytes, such as a file to save, has no host.
      if (!request.url().startsWith('blob:')) hosts.add(new URL(request.url()).host)
    })
    await page.emulateMedia({ colorScheme })
    await page.goto(router.address)

    const release = model.saysFirst('The first part', ' and the second.')
    await attach(page, gif('seen.gif'))
    await send(page, 'Slowly.')
    await expect(answers(page)).toContainText('The first part')
    await expectAccessibleEverywhere(page, `an answer that arrives, ${colorScheme}`)
    await page.getByRole('button', { name: 'Stop' }).click()
    await expect(failures(page)).toContainText('aborted')
    release()
    await expectAccessibleEverywhere(page, `an answer that was stopped, ${colorScheme}`)
    model.says('# Whole\n\n- this *time*')
    await page.getByRole('button', { name: 'Retry' }).click()
    await expect(answers(page).getByRole('heading', { name: 'Whole' })).toBeVisible()
    await expectAccessibleEverywhere(page, `Markdown, ${colorScheme}`)

    await page.getByText('Attack it').click()
    for (const name of ATTACKS) {
      await page.getByRole('button', { name }).click()
      await expect(outcomeOf(page, name)).toContainText('Refused: ', { timeout: 30_000 })
    }
    await expectAccessibleEverywhere(page, `all attacks over 2.0, ${colorScheme}`)
    await page.getByText('Attack it').click()

    await page.getByLabel('Protocol').selectOption('1.0')
    const first = await ownFingerprint(page)
    await sendAndWait(page, 'Over 1.0.')
    await page.reload()
    expect(await ownFingerprint(page)).toBe(first)
    await page.getByRole('button', { name: 'New key' }).click()
    await expect(page.locator('#own-fingerprint')).not.toHaveText(first, { timeout: WITH_KEY_GENERATION })
    page.once('dialog', (dialog) => void dialog.accept())
    const reloading = page.waitForEvent('load')
    await page.getByRole('button', { name: 'Delete' }).click()
    await reloading
    await showProtection(page)
    await expect(page.getByRole('button', { name: 'Make a key' })).toBeVisible()
    await expectAccessibleEverywhere(page, `a key that was deleted, ${colorScheme}`)

    expect(complaints).toEqual([expect.stringMatching(OF_A_REPLAY)])
    expect([...hosts]).toEqual([new URL(router.address).host])
  })
}

test('keys alone suffice to make a key, to export it, to import it and to delete it', async ({ page }) => {
  await page.goto(router.address)
  await expect(page.locator('#fingerprint')).toBeVisible()
  await press(page, page.locator('#protection summary'), 'Enter')
  await press(page, page.getByLabel('Make the next key so that I can take it with me'), 'Space')
  await press(page, page.getByRole('button', { name: 'Make a key' }), 'Enter')
  const made = await ownFingerprint(page)

  await press(page, page.getByRole('button', { name: 'Export…' }), 'Enter')
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
  await page.keyboard.type('by keys alone')
  await page.keyboard.press('Tab')
  await page.keyboard.type('by keys alone')
  const downloading = page.waitForEvent('download')
  await page.keyboard.press('Enter')
  const file = await (await downloading).path()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(page.getByRole('button', { name: 'Export…' })).toBeFocused()

  page.once('dialog', (dialog) => void dialog.accept())
  const reloading = page.waitForEvent('load')
  await press(page, page.getByRole('button', { name: 'Delete' }), 'Enter')
  await reloading
  await press(page, page.locator('#protection summary'), 'Enter')
  await expect(page.getByRole('button', { name: 'Make a key' })).toBeVisible()

  await press(page, page.getByRole('button', { name: 'Import a key…' }), 'Enter')
  await expect(page.getByLabel('File', { exact: true })).toBeFocused()
  const choosing = page.waitForEvent('filechooser')
  await page.keyboard.press('Space')
  await (await choosing).setFiles(file)
  await press(page, page.getByLabel('Its password'), 'Tab', 'by keys alone')
  await press(page, page.getByRole('button', { name: 'Import', exact: true }), 'Enter')
  await expect(page.locator('#own-fingerprint')).toHaveText(made, { timeout: 30_000 })
})

/** Goes there by Tab, types, and presses a key. */
async function press(page: Page, target: Locator, key: string, text: string = ''): Promise<void> {
  const isThere = (): Promise<boolean> => target.evaluate((element) => element === document.activeElement)
  for (let tab = 0; tab < 80 && !(await isThere()); tab++) await page.keyboard.press('Tab')
  await expect(target).toBeFocused()
  await page.keyboard.type(text)
  await page.keyboard.press(key)
}

function outcomeOf(page: Page, name: string): Locator {
  const row = page.getByRole('listitem').filter({ has: page.getByRole('button', { name }) })
  return row.getByRole('status')
}
