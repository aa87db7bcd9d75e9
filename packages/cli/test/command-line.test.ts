/** What the command says when it is asked for help, or called in a way that it does not know. */
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { runToEnd, skipUnlessBuilt, stopAll, type Command } from './support/command.ts'
import { emptyDirectory, removeDirectories } from './support/key-directory.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

beforeEach(skipUnlessBuilt)
afterEach(stopAll)
afterAll(removeDirectories)

/** One line that says what is wrong, a failing exit code, no stack trace. */
async function expectRefusal(command: Command, words: RegExp): Promise<void> {
  const { code } = await command.ended
  expect(code, command.output).toBeGreaterThan(0)
  expect(command.stderr).toMatch(/^nomyo: /m)
  expect(command.stderr).toMatch(words)
  expect(command.output).not.toMatch(/^\s+at /m)
}

test('--version prints the version of the package', async () => {
  const command = await runToEnd(['--version'])
  expect(command.stdout.trim()).toBe(version)
  expect((await command.ended).code).toBe(0)
})

test.for(['--help', '-h'])('%s names the commands', async (flag) => {
  const command = await runToEnd([flag])
  for (const name of ['chat', 'keys', 'fingerprint', 'trust', 'router', 'doctor']) {
    expect(command.stdout).toContain(name)
  }
  expect((await command.ended).code).toBe(0)
})

test('router --help names every option', async () => {
  const command = await runToEnd(['router', '--help'])
  const options = ['--port', '--host', '--upstream', '--static', '--key-dir', '--cors-origin']
  for (const option of [
    ...options,
    '--tls-cert',
    '--tls-key',
    '--config',
    '--model',
    '--round-trip',
    '--no-api-key',
    '--quiet',
  ]) {
    expect(command.stdout).toContain(option)
  }
  expect(command.stdout).toContain('NOMYO_ROUTER_API_KEYS')
  expect((await command.ended).code).toBe(0)
})

test('of the commands --help says one sentence each, and their own help all', async () => {
  const [all, one] = [await runToEnd(['--help']), await runToEnd(['chat', '--help'])]
  expect(all.stdout).toMatch(/chat {4}Ask a model, end-to-end encrypted$/m)
  expect(one.stdout).toContain('The API key comes from NOMYO_API_KEY')
})

test('a router that cannot be reached leads to the doctor, a wrong option to the help', async () => {
  const unreachable = await runToEnd(['fingerprint', 'https://localhost:1'])
  expect(unreachable.stderr).toContain('\nnomyo doctor looks for the reason')
  const wrong = await runToEnd(['chat', '--modle', 'x'])
  expect(wrong.stderr).toContain("Unknown option '--modle'. See nomyo chat --help.\n")
})

test('an unknown command is refused', async () => {
  await expectRefusal(await runToEnd(['rooter']), /rooter/)
})

test('a name of Object.prototype is no command', async () => {
  await expectRefusal(await runToEnd(['constructor']), /constructor/)
})

test.for([
  [['--prot', '8080'], /--prot/],
  [['surplus-secret@'], /more arguments/], // it may be a password that was meant for --password-fd
  [['--port', 'eighty'], /port/i],
  [['--port', '65536'], /port/i],
  [['--port', '-1'], /port/i],
  [['--port', ''], /port/i],
  [['--upstream', 'not a url'], /upstream/],
  [['--upstream', 'file:///etc/passwd'], /upstream/],
  [['--upstream', 'http://user:secret@localhost/v1'], /upstream/],
  [['--static', './missing'], /missing/],
  [['--cors-origin', 'https://page.example/path'], /cors-origin/],
] as const)('router %j is refused with one line', async ([args, words]) => {
  const command = await runToEnd(['router', '--port', '0', ...args], { cwd: emptyDirectory() })
  await expectRefusal(command, words)
  expect(command.output).not.toContain('secret@')
})
