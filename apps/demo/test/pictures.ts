/** Pictures for the page, made here. */
import type { Page } from '@playwright/test'

/** A file as Playwright gives it to a page. */
export interface PictureFile {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

/** A GIF of one dot, with so many bytes more behind its end, where browsers do not look. */
export function gif(name: string, more: number = 0): PictureFile {
  const dot = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
  return { name, mimeType: 'image/gif', buffer: Buffer.concat([dot, Buffer.alloc(more, 0x21)]) }
}

/** A real picture, of the page itself. */
export async function photo(page: Page, type: 'png' | 'jpeg'): Promise<PictureFile> {
  return { name: `photo.${type}`, mimeType: `image/${type}`, buffer: await page.screenshot({ type }) }
}

/** A picture in WebP, which Playwright takes none in. */
export async function webp(page: Page): Promise<PictureFile> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.getContext('2d')?.fillRect(0, 0, 40, 40)
    return canvas.toDataURL('image/webp')
  })
  return { name: 'dot.webp', mimeType: 'image/webp', buffer: Buffer.from(url.split(',')[1] ?? '', 'base64') }
}

/** Attaches files with the button. */
export async function attach(page: Page, ...files: readonly PictureFile[]): Promise<void> {
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Attach pictures' }).click()
  await (await choosing).setFiles([...files])
}

/** Lets files arrive as `paste` on the text or as `drop` on the page's heading. */
export async function transfer(
  page: Page,
  how: 'paste' | 'drop',
  file: PictureFile,
  text: string = '',
): Promise<void> {
  const { name, mimeType: type, buffer } = file
  await page.evaluate(
    ({ how, name, type, bytes, text }) => {
      const data = new DataTransfer()
      data.items.add(new File([new Uint8Array(bytes)], name, { type }))
      if (text !== '') data.setData('text/plain', text)
      const common = { bubbles: true, cancelable: true }
      const event =
        how === 'paste'
          ? new ClipboardEvent('paste', { ...common, clipboardData: data })
          : new DragEvent('drop', { ...common, dataTransfer: data })
      document.querySelector(how === 'paste' ? '#text' : 'h1')?.dispatchEvent(event)
    },
    { how, name, type, bytes: [...buffer], text },
  )
}
