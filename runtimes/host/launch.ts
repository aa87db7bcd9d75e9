/** How each runtime is started: it is told where the host is, and reports to it. */
import { API_KEY_VARIABLE } from './addresses.ts'
import { answerOf, startChild } from './child.ts'
import { launchBrowser } from './puppeteer.ts'
import type { Launch, Running } from './running.ts'
import { launchWebKit } from './webkit.ts'
import { launchWorkerd } from './workerd.ts'

/** Starts the runtime with the suite in it. */
export async function launch(what: Launch): Promise<Running> {
  const { runtime } = what
  if (runtime === 'chromium' || runtime === 'firefox') return launchBrowser(runtime, what)
  if (runtime === 'webkit') return launchWebKit(what)
  if (runtime === 'workerd') return launchWorkerd(what)
  return launchProgram(what)
}

/**
 * Deno is given what the stores need and no more; the client asks for variables that it may not read. Two of these are
 * the suite's: the one that it sets, and the one that Deno itself reads to start OpenSSL.
 */
const denoFlags = ({ directory, config }: Launch): string[] => [
  ...[
    'run',
    '--no-prompt',
    '--allow-net=localhost',
    `--allow-read=${directory}`,
    `--allow-write=${directory}`,
  ],
  ...[
    '--allow-env=NOMYO_API_KEY,NODE_TLS_REJECT_UNAUTHORIZED,NODE_V8_COVERAGE',
    `--allow-run=${config.openssl}`,
    '--allow-sys=uid',
  ],
]

async function launchProgram(what: Launch): Promise<Running> {
  const { runtime, path, site, config } = what
  const args = [`${config.built}/server.mjs`, site.origin, runtime]
  const child = startChild(path, runtime === 'deno' ? [...denoFlags(what), ...args] : args, API_KEY_VARIABLE)
  const version = /\d+\.\d+\.\d+/.exec(await answerOf(path, ['--version']))?.[0] ?? 'unknown'
  return { version, ended: child.ended, stop: child.stop }
}
