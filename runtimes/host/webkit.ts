/** WebKitGTK's MiniBrowser on a display of its own, over W3C WebDriver. */
import { createServer, type AddressInfo } from 'node:net'
import { startChild } from './child.ts'
import type { Launch, Running } from './running.ts'

/** ms for the driver to come up. */
const PATIENCE = 20_000
/** ms for the driver to do what it was told: starting the browser takes the longest. */
const LIMIT = 60_000

export async function launchWebKit(what: Launch): Promise<Running> {
  const driver = await startDriver(what)
  try {
    return await openSession(what, driver)
  } catch (error) {
    // On a busy machine the browser sometimes never comes to its driver; another one does.
    console.log(`webkit is started once more: ${error instanceof Error ? error.message : 'it did not start'}`)
    await driver.stop()
    return openSession(what, await startDriver(what))
  }
}

type Driver = ReturnType<typeof startChild> & { readonly ask: Ask }

async function startDriver({ path }: Launch): Promise<Driver> {
  const port = await freePort()
  const driver = startChild('xvfb-run', ['-a', path, `--port=${port}`])
  const ask = commandsTo(`http://127.0.0.1:${port}`)
  await untilUp(() => ask('GET', '/status'), driver.ended)
  return { ...driver, ask }
}

async function openSession({ runtime, site }: Launch, driver: Driver): Promise<Running> {
  const { ask } = driver
  const proxy = { proxyType: 'manual', httpProxy: site.address, noProxy: ['localhost'] }
  // Not waited for: the page reloads itself.
  const alwaysMatch = { proxy, pageLoadStrategy: 'none' }
  const session = (await ask('POST', '/session', { capabilities: { alwaysMatch } })) as {
    sessionId: string
    capabilities: { browserVersion: string }
  }
  await ask('POST', `/session/${session.sessionId}/url`, { url: `${site.origin}/pages/${runtime}/` })
  return {
    version: session.capabilities.browserVersion,
    ended: driver.ended,
    stop: async () => {
      // Or MiniBrowser lives on.
      await ask('DELETE', `/session/${session.sessionId}`).catch(() => undefined)
      await driver.stop()
    },
  }
}

type Ask = (method: string, path: string, body?: object) => Promise<unknown>

function commandsTo(driver: string): Ask {
  return async (method, path, body) => {
    const signal = AbortSignal.timeout(LIMIT)
    const response = await fetch(driver + path, {
      method,
      signal,
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const { value } = (await response.json()) as { value: unknown }
    if (!response.ok) throw new Error(`WebKitWebDriver, ${method} ${path}: ${JSON.stringify(value)}`)
    return value
  }
}

async function untilUp(ask: () => Promise<unknown>, ended: Promise<string>): Promise<void> {
  const deadline = performance.now() + PATIENCE
  let lastWords: string | undefined
  void ended.then((words) => (lastWords = words))
  for (;;) {
    try {
      return void (await ask())
    } catch (error) {
      if (lastWords !== undefined || performance.now() > deadline) throw new Error(lastWords ?? String(error))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
