/** What is in a tarball, and whether that is what a package should have. */
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Failure, root } from '../command.mjs'

const BLOCK = 512

const text = (bytes) => bytes.toString('utf8').replace(/\0.*$/s, '')

/** @returns {Map<string, Buffer>} the files of a package, by their path in it */
export function readTarball(path) {
  const tar = gunzipSync(readFileSync(path))
  const files = new Map()
  let longName
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + BLOCK)
    const size = Number.parseInt(text(header.subarray(124, 136)), 8)
    const content = tar.subarray(at + BLOCK, at + BLOCK + size)
    const type = String.fromCharCode(header[156])
    const name = longName ?? posix.join(text(header.subarray(345, 500)), text(header.subarray(0, 100)))
    longName = type === 'x' ? /^\d+ path=(.*)$/m.exec(content.toString())?.[1] : undefined
    if (type === '0' || type === '\0') files.set(name.replace(/^package\//, ''), content)
    else if (type !== 'x') throw new Failure(`${name} is of the type ${type}: neither file nor its name`)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

/** Every file that `value`, a part of "exports" or "bin", names. */
const targets = (value) =>
  typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap((part) => targets(part))

function assert(condition, message) {
  if (!condition) throw new Failure(message)
}

export const manifestOf = (files) => JSON.parse(files.get('package.json').toString())

/** Nothing runs at installation, nothing is missing, nothing is there that nobody needs. */
export function checkContents(files) {
  const manifest = manifestOf(files)
  const { scripts, bundleDependencies, exports, bin, sideEffects, type, license, name } = manifest
  assert(scripts === undefined, `It has scripts: ${JSON.stringify(scripts)}`)
  assert(bundleDependencies === undefined, 'It bundles dependencies.')
  assert(sideEffects === false && type === 'module', 'It is not an ES module without side effects.')
  assert(license === 'Apache-2.0', `Its licence is ${license}.`)
  const missing = [...targets(exports), ...targets(bin)].filter((file) => !files.has(posix.normalize(file)))
  assert(missing.length === 0, `It exports what is not there: ${missing.join(', ')}`)
  const licence = files.get('LICENSE')
  assert(licence?.equals(readFileSync(join(root, 'LICENSE'))), 'It has not the LICENSE of the workspace.')
  assert(files.get('README.md')?.toString().startsWith(`# ${name}\n`), 'It has no README of its own.')
  const known = /^(package\.json|README\.md|LICENSE|dist\/.*(\.js|\.js\.map|\.d\.ts))$/
  const strange = [...files.keys()].filter((file) => !known.test(file))
  assert(strange.length === 0, `What is this: ${strange.join(', ')}`)
}

/** Dependencies are exact and none of the workspace's; the core has none. */
export function checkDependencies(files) {
  const manifest = manifestOf(files)
  const { dependencies = {}, peerDependencies, optionalDependencies, name, version } = manifest
  assert(!peerDependencies && !optionalDependencies, 'It has dependencies of another kind.')
  if (name === '@nomyo/core') assert(Object.keys(dependencies).length === 0, 'The core has a dependency.')
  for (const [other, range] of Object.entries(dependencies)) {
    assert(/^\d+\.\d+\.\d+$/.test(range), `${other} is wanted as ${range}: not one version`)
    if (/^(@nomyo\/|nomyo$)/.test(other)) assert(range === version, `${other} is wanted as ${range}`)
  }
}

const SPECIFIERS = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bmodule\s+|<reference (?:types|path)=)(['"])([^'"]+)\1/g

/** What a declaration file names. */
const namedIn = (declarations) => [...declarations.toString().matchAll(SPECIFIERS)].map((match) => match[2])

const IMPORTS = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression']

/** What JavaScript imports; what is computed counts as a name that nothing has. */
function importedBy(node) {
  if (typeof node !== 'object' || node === null) return []
  const own = IMPORTS.includes(node.type) && node.source ? [node.source.value ?? '(computed)'] : []
  return [...own, ...Object.values(node).flatMap(importedBy)]
}

const isRelative = (specifier) => /^\.\.?\//.test(specifier)
const isOfNode = (specifier) => specifier.startsWith('node:') || builtinModules.includes(specifier)
const belongsTo = (specifier, name) => specifier === name || specifier.startsWith(`${name}/`)

/** The declaration file behind a relative name in `file`. */
const declarationOf = (file, specifier) =>
  posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.d.ts')

/** The declaration files that a compiler reads which imports the package. */
function reachable(files) {
  const seen = new Set()
  const visit = (file) => {
    if (seen.has(file) || !files.has(file)) return
    seen.add(file)
    for (const one of namedIn(files.get(file))) if (isRelative(one)) visit(declarationOf(file, one))
  }
  for (const file of targets(manifestOf(files).exports)) visit(posix.normalize(file))
  return seen
}

/**
 * Types stand on what is installed with them: files of theirs and dependencies. Those of Node, which nobody has
 * to have, are for files that no user's compiler reads.
 */
export function checkTypes(files) {
  const dependencies = Object.keys(manifestOf(files).dependencies ?? {})
  const read = reachable(files)
  const isKnown = (file, specifier) => {
    if (isRelative(specifier)) return files.has(declarationOf(file, specifier))
    if (isOfNode(specifier)) return !read.has(file)
    return dependencies.some((name) => belongsTo(specifier, name))
  }
  const declarations = [...files].filter(([file]) => file.endsWith('.d.ts'))
  assert(declarations.length > 0 && read.size > 1, 'It has no types.')
  const found = declarations.flatMap(([file, content]) =>
    namedIn(content)
      .filter((specifier) => !isKnown(file, specifier))
      .map((specifier) => `${file}: ${specifier}`),
  )
  assert(found.length === 0, `Types of something that is not installed with it:\n${found.join('\n')}`)
}

/** The same of the JavaScript, in which the packages for Node may use its modules. */
export async function checkImports(files) {
  const { parseAst } = await import('rollup/parseAst')
  const { dependencies = {}, name } = manifestOf(files)
  const isForNode = ['nomyo', '@nomyo/keystore-pem'].includes(name)
  const isKnown = (file, specifier) => {
    if (isRelative(specifier)) return files.has(posix.join(posix.dirname(file), specifier))
    return specifier.startsWith('node:')
      ? isForNode
      : Object.keys(dependencies).some((other) => belongsTo(specifier, other))
  }
  const found = [...files]
    .filter(([file]) => file.endsWith('.js'))
    .flatMap(([file, content]) => importedBy(parseAst(content.toString())).map((one) => [file, one]))
    .filter(([file, specifier]) => !isKnown(file, specifier))
  assert(found.length === 0, `It imports what is not installed with it:\n${found.join('\n')}`)
}
