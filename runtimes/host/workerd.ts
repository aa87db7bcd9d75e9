/** workerd, the runtime of Cloudflare's Workers, without the compatibility with Node. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerOf, startChild } from './child.ts'
import type { Launch, Running } from './running.ts'

export async function launchWorkerd({ runtime, path, site, config }: Launch): Promise<Running> {
  const folder = join(config.built, 'worker')
  const configuration = join(folder, 'config.capnp')
  writeFileSync(configuration, configurationFor(readdirSync(folder).filter((file) => file.endsWith('.js'))))
  // It writes the port that it was given to the file descriptor.
  const child = startChild(path, ['serve', configuration, '--control-fd=1'])
  const { port } = JSON.parse(await child.firstLine) as { port: number }
  const body = JSON.stringify({ host: site.origin, runtime })
  const run = fetch(`http://127.0.0.1:${port}/run`, { method: 'POST', body })
  const refused = run.then(
    async (response) =>
      response.ok ? child.ended : `It answered ${response.status}: ${await response.text()}`,
    () => child.ended,
  )
  const version = /\d{4}-\d{2}-\d{2}/.exec(await answerOf(path, ['--version']))?.[0] ?? 'unknown'
  return { version, ended: refused, stop: child.stop }
}

/** The entry comes first; the others are what it imports when it is used. */
function configurationFor(files: readonly string[]): string {
  const modules = ['worker.js', ...files.filter((file) => file !== 'worker.js')].map(
    (file) => `(name = "${file}", esModule = embed "${file}")`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["local", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (modules = [${modules.join(', ')}], compatibilityDate = "2026-01-01");
`
}
