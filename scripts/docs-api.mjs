/**
 * `npm run docs:api`: the API reference of every package, in docs/api, which is built and not committed. Fails if an
 * export, or a member of one, has no comment.
 */
import { join } from 'node:path'
import { main, root } from './command.mjs'
import { prepareWorkspace } from './pnpm.mjs'
import { mustPass, prepareTools } from './tools.mjs'
import { readPackages } from './workspace.mjs'

/**
 * Builds it and says where.
 *
 * @param {object} [form]
 * @param {string} [form.out] the folder that it is put into
 * @param {string} [form.optionsFile] TypeDoc's, for another form than HTML
 * @param {readonly string[]} [form.without] packages that are left out
 */
export async function buildReference({
  out = join(root, 'docs/api'),
  optionsFile = join(root, 'scripts/tools/typedoc.json'),
  without = [],
} = {}) {
  const packages = readPackages().filter(({ name }) => !without.includes(name))
  // Not what is for the other packages alone.
  const isPublic = ({ specifier }) => specifier !== undefined && !specifier.endsWith('/internal')
  const entries = packages.flatMap((one) => one.entries.filter(isPublic))
  const options = ['--options', optionsFile, '--out', out]
  // Without it only the workspace's own package, which exports nothing, would have to be documented.
  const documented = packages.flatMap(({ name }) => ['--packagesRequiringDocumentation', name])
  const sources = entries.map(({ source }) => source)
  await mustPass('typedoc', [...options, ...documented, ...sources])
  return `The reference of ${entries.length} entry points is in ${out}`
}

await main(import.meta.url, async () => {
  await prepareWorkspace()
  await prepareTools()
  console.log(await buildReference())
})
