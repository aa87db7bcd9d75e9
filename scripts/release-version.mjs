/**
 * `npm run release:version`: the next version, from what waits in .changeset. `npm run release:repository` writes the
 * repository that GitHub runs this for into every package, and leaves the version alone.
 */
import { Failure, main, root } from './command.mjs'
import { prepareWorkspace } from './pnpm.mjs'
import { nameRepository, raiseVersion } from './release/versions.mjs'
import { prepareTools } from './tools.mjs'

await main(import.meta.url, async () => {
  if (process.argv.includes('--repository')) {
    const { GITHUB_REPOSITORY } = process.env
    if (!GITHUB_REPOSITORY) throw new Failure('GITHUB_REPOSITORY says which one: owner/name.')
    return nameRepository(root, GITHUB_REPOSITORY)
  }
  await prepareWorkspace()
  await prepareTools()
  const version = await raiseVersion(root, new Date().toISOString().slice(0, 10))
  console.log(`All packages have version ${version}. Commit it, and tag it v${version}.`)
})
