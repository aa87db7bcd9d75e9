/** Chromium and Firefox, headless, over WebDriver BiDi and the DevTools protocol. */
import puppeteer from 'puppeteer-core'
import type { Launch, Running } from './running.ts'

export async function launchBrowser(
  runtime: 'chromium' | 'firefox',
  { path: executablePath, site, config }: Launch,
): Promise<Running> {
  const [proxyHost, proxyPort] = site.address.split(':') as [string, string]
  const browser = await puppeteer.launch({
    ...{ executablePath, headless: true, browser: runtime === 'chromium' ? 'chrome' : 'firefox' },
    args: runtime === 'chromium' ? [...config.chromiumFlags, `--proxy-server=http://${site.address}`] : [],
    extraPrefsFirefox: {
      ...{
        'network.proxy.type': 1,
        'network.proxy.http': proxyHost,
        'network.proxy.http_port': Number(proxyPort),
      },
    },
  })
  const version = (await browser.version()).split('/')[1] ?? 'unknown'
  const page = await browser.newPage()
  const ended = new Promise<string>((resolve) => {
    browser.once('disconnected', () => resolve('The browser has gone.'))
    // It is not waited for: the page reloads itself.
    page
      .goto(`${site.origin}/pages/${runtime}/`, { timeout: 0 })
      .catch((error: unknown) => resolve(String(error)))
  })
  return { version, ended, stop: () => browser.close() }
}
