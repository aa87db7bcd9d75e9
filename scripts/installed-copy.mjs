/** Copies of folders of ours, outside the workspace, in which npm installs the packed packages and others'. */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Failure } from './command.mjs'

/** The file that says what is installed. */
const MARK = 'installed.txt'

/**
 * Makes `folder` a copy of `source`, but leaves what is installed there.
 *
 * @param {string} source
 * @param {string} folder
 */
export function copyAnew(source, folder) {
  for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
    if (!['node_modules', MARK].includes(entry)) rmSync(join(folder, entry), { recursive: true })
  }
  cpSync(source, folder, { recursive: true, filter: (path) => basename(path) !== 'node_modules' })
}

/**
 * Installs what `manifest` says, and the tarballs, unless that is what is installed already.
 *
 * @param {string} folder
 * @param {{ manifest: string | Buffer, tarballs: string[] }} wanted
 * @param {() => Promise<{ code: number, output: string }>} install
 */
export async function installOnce(folder, { manifest, tarballs }, install) {
  const hash = createHash('sha256').update(manifest)
  for (const path of tarballs) hash.update(readFileSync(path))
  const [digest, mark, modules] = [hash.digest('hex'), join(folder, MARK), join(folder, 'node_modules')]
  if (existsSync(mark) && existsSync(modules) && readFileSync(mark, 'utf8') === digest) return
  // npm takes a tarball with the same name and version for the same: another build of ours would stay out.
  rmSync(join(modules, '@nomyo'), { recursive: true, force: true })
  rmSync(join(modules, '.package-lock.json'), { force: true })
  const { code, output } = await install()
  if (code !== 0) throw new Failure(`${output}\n\nnpm install in ${folder} exited with ${code}.`)
  writeFileSync(mark, digest)
}
