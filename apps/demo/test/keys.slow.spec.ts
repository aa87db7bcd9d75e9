import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test'
import {
  complaintsOf,
  ownFingerprint,
  panel,
  progressOf,
  sendAndWait,
  usedKey,
  WITH_KEY_GENERATION,
} from './chat-page.ts'
import { LocalRouter } from './local-router.ts'
import { countGenerations, generateTogether, storedPrivateKeys } from './stored-keys.ts'

const IN_MEMORY = 'in memory, gone when the page is closed'

const router = new LocalRouter()

test.describe.configure({ mode: 'default', timeout: 120_000 })
test.beforeAll(() => router.start())
test.afterAll(() => router[Symbol.asyncDispose]())

test('the key survives a reload and is not generated again', async ({ page }) => {
  const complaints = complaintsOf(page)
  const generations = await countGenerations(page)
  const progress = await progressOf(page)
  await page.goto(`${router.address}/?protocol=1.0`)
  const first = await ownFingerprint(page)
  const since = await page.locator('#own-key-state').textContent()
  expect(since).toMatch(/^In use since .+\.$/)
  expect(await generations()).toBe(1)
  expect((await progress()).join()).toContain('Generating an RSA-4096 key pair')
  await sendAndWait(page, 'Before.')
  await expect(page.getByText('Key generated, once')).toBeVisible()

  await page.reload()
  expect(await ownFingerprint(page)).toBe(first)
  await expect(page.locator('#own-key-state')).toHaveText(since ?? '')
  const key = await usedKey(page, () => sendAndWait(page, 'After.'))
  expect(key).toBe(first)
  await expect(page.getByText('Key loaded, once')).toBeVisible()
  await expect(page.locator('#key-step')).toHaveText(/^[\d.,]+ ms$/)
  expect(await generations()).toBe(0)
  expect((await progress()).join()).not.toContain('Generating')
  expect(complaints).toEqual([])
})

test('the panel tells what the client says of its protection', async ({ page }) => {
  await page.goto(`${router.address}/?protocol=1.0`)
  await ownFingerprint(page)
  await expect(page.locator('#protocol-fact')).toHaveText('Protocol 1.0')
  await expect(page.locator('#overwritten li').first()).toHaveText(
    'the plaintext of a request, after sealing',
  )
  await expect(page.locator('#not-overwritten li')).not.toHaveCount(0)
  await expect(page.locator('#not-protected li', { hasText: 'replay of a request' })).toHaveCount(1)
})

test('the key survives a restart of the browser', async () => {
  await withProfile(async (profile) => {
    const visit = async (): Promise<string> => {
      const context = await launch(profile)
      try {
        const page = await context.newPage()
        await page.goto(`${router.address}/?protocol=1.0`)
        return await ownFingerprint(page)
      } finally {
        await context.close()
      }
    }
    const first = await visit()
    expect(await visit()).toBe(first)
  })
})

test('exportKey of a browser key rejects', async ({ page }) => {
  await page.goto(`${router.address}/?protocol=1.0`)
  await ownFingerprint(page)
  await expect(page.getByText('kept in this browser, not exportable')).toBeVisible()
  expect(await storedPrivateKeys(page)).toEqual([
    {
      algorithm: 'RSA-OAEP',
      extractable: false,
      exports: ['InvalidAccessError', 'InvalidAccessError'],
    },
  ])
})

test('two tabs racing end with one key, and both get answers', async ({ context }) => {
  await generateTogether(context, 2)
  const tabs = await Promise.all([context.newPage(), context.newPage()])
  const counts = await Promise.all(tabs.map(countGenerations))
  await Promise.all(tabs.map((tab) => tab.goto(`${router.address}/?protocol=1.0`)))
  const [one, two] = await Promise.all(tabs.map(ownFingerprint))
  expect(one).toBe(two)
  await Promise.all(
    tabs.map(async (tab) => {
      expect(await usedKey(tab, () => sendAndWait(tab, 'Which key?'))).toBe(one)
    }),
  )
  expect(await Promise.all(counts.map((count) => count()))).toEqual([1, 1]) // else they did not race
  expect(await storedPrivateKeys(tabs[0]!)).toHaveLength(1)
})

test('"New key" puts another key in place, and the conversation goes on', async ({ page }) => {
  await page.goto(`${router.address}/?protocol=1.0`)
  const first = await ownFingerprint(page)
  await sendAndWait(page, 'Before.')
  await page.getByRole('button', { name: 'New key' }).click()
  await expect(page.locator('#own-fingerprint')).not.toHaveText(first, { timeout: WITH_KEY_GENERATION })
  const second = await ownFingerprint(page)
  expect(await usedKey(page, () => sendAndWait(page, 'After.'))).toBe(second)
  const text = await panel(page, 'Request').getByTestId('text').textContent()
  expect(JSON.parse(text ?? '').messages).toHaveLength(3)
  await page.reload()
  expect(await ownFingerprint(page)).toBe(second)
})

test('without 1.0 no key is made unasked, and one that was made can be deleted', async ({ page }) => {
  const generations = await countGenerations(page)
  await page.goto(router.address)
  await sendAndWait(page, 'Over 2.0.')
  expect(await generations()).toBe(0)
  await page.getByText('What protects this session').click()
  await page.getByRole('button', { name: 'Make a key' }).click()
  await ownFingerprint(page)
  await expect(page.locator('#own-key-state')).toContainText('0 days old, it is replaced in 90 days')
  expect(await storedPrivateKeys(page)).toHaveLength(1)
  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('What protects this session').click()
  await expect(page.getByRole('button', { name: 'Make a key' })).toBeVisible()
  expect(await storedPrivateKeys(page)).toEqual([])
})

test('a 91-day-old key is replaced on its next use, and the page shows which one it uses', async ({
  page,
}) => {
  await page.goto(`${router.address}/?protocol=1.0`)
  const first = await ownFingerprint(page)
  await page.clock.setFixedTime(Date.now() + 91 * 24 * 60 * 60 * 1000)
  await page.reload()
  expect(await ownFingerprint(page)).toBe(first)
  const used = await usedKey(page, () => sendAndWait(page, 'Much later.'))
  expect(used).not.toBe(first)
  await expect(page.locator('#own-fingerprint')).toHaveText(used)
  await expect(page.getByText('Key generated, once')).toBeVisible()
})

test('a private window keeps the key until it is closed', async ({ browser }) => {
  const visit = async (window: BrowserContext): Promise<string> => {
    const page = await window.newPage()
    await page.goto(`${router.address}/?protocol=1.0`)
    return ownFingerprint(page)
  }
  const [privateWindow, another] = [await browser.newContext(), await browser.newContext()]
  const first = await visit(privateWindow)
  expect(await visit(privateWindow)).toBe(first)
  await privateWindow.close()
  expect(await visit(another)).not.toBe(first)
  await another.close()
})

test('storage that the browser’s settings block: in memory, with a warning on the page', async () => {
  await withProfile(async (profile) => {
    const settings = { profile: { default_content_setting_values: { cookies: 2 } } }
    await mkdir(join(profile, 'Default'))
    await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(settings))
    const context = await launch(profile)
    try {
      await expectMemoryFallback(await context.newPage())
    } finally {
      await context.close()
    }
  })
})

const BLOCKED: Readonly<Record<string, () => void>> = {
  'indexedDB is missing': () => {
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
  },
  'indexedDB.open throws': () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    }
  },
  'indexedDB.open fails later': () => {
    const { open } = IDBFactory.prototype
    IDBFactory.prototype.open = function (...args) {
      const request = open.apply(this, args)
      const abort = (): void => request.transaction?.abort()
      // After the one who opens has made its object store.
      queueMicrotask(() => request.addEventListener('upgradeneeded', abort))
      return request
    }
  },
}

for (const [how, block] of Object.entries(BLOCKED)) {
  test(`blocked storage, ${how}: in memory, with a warning on the page`, async ({ page }) => {
    await page.addInitScript(block)
    await expectMemoryFallback(page)
  })
}

async function expectMemoryFallback(page: Page): Promise<void> {
  const complaints = complaintsOf(page)
  await page.goto(`${router.address}/?protocol=1.0`)
  const warning = page.locator('#storage-warning')
  await expect(warning).toContainText('The browser lets this page store nothing')
  await expect(warning).toContainText('until this page is closed or reloaded')
  await expect(warning).toHaveAttribute('aria-live', 'polite')
  const fingerprint = await ownFingerprint(page)
  await expect(page.getByText(IN_MEMORY)).toBeVisible()
  expect(await usedKey(page, () => sendAndWait(page, 'All the same?'))).toBe(fingerprint)
  expect(complaints).toEqual([])
  await page.reload()
  expect(await ownFingerprint(page)).not.toBe(fingerprint)
  await expect(warning).toContainText('The browser lets this page store nothing')
}

async function withProfile(task: (profile: string) => Promise<void>): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'nomyo-profile-'))
  try {
    await task(profile)
  } finally {
    await rm(profile, { recursive: true, force: true })
  }
}

/** The browser of the other tests, with a profile that outlives it. */
function launch(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, { ...test.info().project.use.launchOptions })
}
