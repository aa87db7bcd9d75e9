/** The users' programs under the compilers that we promise, and what comes of them when they run. */
import { join } from 'node:path'
import { Failure, run } from '../command.mjs'

const COMPILERS = ['5.7', '6.0', '7.0']
/** The flags of a project; exactOptionalPropertyTypes is on where nothing else is said. */
const SETTINGS = {
  'nodenext': ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
  'bundler': ['--module', 'esnext', '--moduleResolution', 'bundler'],
  'nodenext, inexact': [
    ...['--module', 'nodenext', '--moduleResolution', 'nodenext'],
    ...['--exactOptionalPropertyTypes', 'false'],
  ],
}
const PROGRAMS = ['node', 'worker', 'browser']

/** All compilers are in the Node project; the others are to be without anything that they do not name. */
async function compile(home, version, project, args) {
  const tsc = join(home, 'node/node_modules', `typescript-${version}`, 'bin/tsc')
  const { code, output } = await run(process.execPath, [tsc, '-p', project, ...args], {
    ...{ capture: true, cwd: home },
  })
  if (code !== 0) throw new Failure(output)
}

/** All of them for the oldest and the newest compiler, the first one for what is between. */
const settingsOf = (version) => Object.entries(SETTINGS).slice(0, version === '6.0' ? 1 : undefined)

/** @returns {{ name: string, task: () => Promise<void> }[]} each program under each compiler and setting */
export function compilations(home) {
  return COMPILERS.flatMap((version) =>
    settingsOf(version).flatMap(([setting, flags]) =>
      PROGRAMS.map((program) => ({
        name: `TypeScript ${version}, ${setting}, ${program}`,
        task: () => compile(home, version, program, ['--noEmit', ...flags]),
      })),
    ),
  )
}

/** CommonJS in TypeScript: since 5.8 the compiler knows that Node can require ES modules. */
export const commonjsCompilations = (home) =>
  COMPILERS.slice(1).map((version) => ({
    name: `TypeScript ${version}, nodenext, CommonJS`,
    task: () => compile(home, version, 'node/commonjs', ['--noEmit']),
  }))

/** Writes the JavaScript that is run. */
export async function emitAll(home) {
  for (const project of [...PROGRAMS, 'node/commonjs']) await compile(home, '7.0', project, [])
}

const WORKER = `
const worker = (await import('./built/worker.js')).default
const response = await worker.fetch(new Request('https://worker.example/'), {})
console.log(await response.text())`

/** What is run in each Node, and what it must print. */
const RUNS = [
  { name: 'an app on every package', project: 'node', args: ['built/main.js'], says: /^every package works/ },
  { name: 'require() of every package', project: 'node', args: ['require.cjs'], says: /^8 names required/ },
  { name: 'TypeScript as CommonJS', project: 'node', args: ['built-commonjs/main.cjs'], says: /^https$/ },
  {
    name: 'a fetch handler',
    project: 'worker',
    args: ['--input-type=module', '-e', WORKER],
    says: /^HELLO$/,
  },
  {
    name: 'the command',
    project: 'node',
    args: ['node_modules/nomyo/dist/bin.js', '--version'],
    says: /^\d+\.\d+/,
  },
]

/** @returns {{ name: string, task: () => Promise<void> }[]} */
export function executions(home, node) {
  return RUNS.map(({ name, project, args, says }) => ({
    name: `Node ${node.version}, ${name}`,
    task: async () => {
      const env = { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' }
      const options = { capture: true, cwd: join(home, project), env }
      const { code, output } = await run(node.path, args, options)
      if (code !== 0 || !says.test(output)) throw new Failure(`${output}\n\nIt exited with ${code}.`)
    },
  }))
}
