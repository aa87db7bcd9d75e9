/** A plugin of TypeDoc: calls each module what it is imported as, rather than by its path. */
import { join, relative } from 'node:path'
import { root } from '../command.mjs'
import { readPackages } from '../workspace.mjs'

/** What TypeDoc makes of a source's path. */
const pathName = (source) =>
  relative(join(root, 'packages'), source)
    .replaceAll('\\', '/')
    .replace(/(?:\/index)?\.ts$/, '')

/** @param {{ converter: { on: (event: string, handler: (context: any) => void) => void } }} app */
export function load(app) {
  const entries = readPackages().flatMap((one) => one.entries)
  const names = new Map(entries.map(({ source, specifier }) => [pathName(source), specifier]))
  app.converter.on('resolveBegin', ({ project }) => {
    for (const module of project.children ?? []) module.name = names.get(module.name) ?? module.name
  })
}
