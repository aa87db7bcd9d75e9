/**
 * `npm start [-- options of nomyo router]`: from a fresh machine to a router with the demo page.
 *
 * The router runs in this very process, not in a child: a signal needs no forwarding, the exit code no
 * passing on, and nothing can be left behind.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure, main, root, run } from './command.mjs'
import { prepareWorkspace } from './pnpm.mjs'

/** The user's options come last, and stand in for ours of the same name. */
function routerArguments(given) {
  const isGiven = (name) => given.some((arg) => arg === name || arg.startsWith(`${name}=`))
  const defaults = [
    ['--static', 'apps/demo/dist'],
    ['--key-dir', 'router_keys'],
    ['--port', process.env.PORT || '12434'],
    ['--round-trip'],
  ]
  return [...defaults.filter(([name]) => !isGiven(name)).flat(), ...given]
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  // In a child, so that the bundler does not stay in the router's memory. Its complaints go to stderr.
  const { code, output } = await run(process.execPath, [join(root, 'scripts/build.mjs')], { capture: true })
  if (code !== 0) throw new Failure(output)
  const command = join(root, 'packages/cli/dist/bin.js')
  process.chdir(root)
  process.argv = [process.execPath, command, 'router', ...routerArguments(process.argv.slice(2))]
  await import(pathToFileURL(command).href)
})
