/** The packages as a release makes them: from a clean copy of what is under version control, and once more. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, root, run } from '../command.mjs'

/** Every file that is, or would be, under version control. */
async function sourceFiles() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { code, output } = await run('git', args, { capture: true })
  if (code !== 0) throw new Failure(`${output}\n\nA clean copy needs git and a checkout.`)
  return output.split('\0').filter((file) => file !== '' && existsSync(join(root, file)))
}

async function mustRun(args, folder, env) {
  const { code, output } = await run(process.execPath, args, { capture: true, cwd: folder, env })
  if (code !== 0) throw new Failure(`${output}\n\nnode ${args[0]} in ${folder} exited with ${code}.`)
}

/** Copies the sources to `folder`. */
export async function copySources(folder) {
  for (const file of await sourceFiles()) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(root, file), join(folder, file))
  }
}

/**
 * Copies the sources to `folder`, builds them there, and packs every package.
 *
 * @param {string} folder
 * @param {string} destination of the tarballs
 * @param {NodeJS.ProcessEnv} surroundings in which the result must be the same
 */
async function buildCopy(folder, destination, surroundings) {
  await copySources(folder)
  // Not built by us, and the same for both: only to be spared the download.
  cpSync(join(root, '.cache/pnpm'), join(folder, '.cache/pnpm'), { recursive: true, verbatimSymlinks: true })
  mkdirSync(destination, { recursive: true })
  const env = { ...process.env, ...surroundings }
  await mustRun(['scripts/build.mjs'], folder, env)
  const pack = ['-r', '--filter', './packages/*', 'pack', '--pack-destination', destination]
  await mustRun(['scripts/pnpm.mjs', ...pack], folder, env)
}

/**
 * Builds twice, at different paths and in different surroundings.
 *
 * @param {string} home
 * @returns {Promise<{ tarballs: { name: string, path: string }[], isSame: (name: string) => boolean }>}
 */
export async function buildTwice(home) {
  const [first, second] = [join(home, 'tarballs'), join(home, 'tarballs-again')]
  await Promise.all([
    buildCopy(join(home, 'copy'), first, { TZ: 'UTC', LC_ALL: 'C' }),
    buildCopy(join(home, 'somewhere else/another copy'), second, { TZ: 'Asia/Tokyo', LC_ALL: 'tr_TR.UTF-8' }),
  ])
  const names = readdirSync(first).sort()
  if (names.join() !== readdirSync(second).sort().join())
    throw new Failure('The two builds have other files.')
  return {
    tarballs: names.map((name) => ({ name, path: join(first, name) })),
    isSame: (name) => readFileSync(join(first, name)).equals(readFileSync(join(second, name))),
  }
}
