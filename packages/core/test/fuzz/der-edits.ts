/** Damage to DER that knows its structure: what encloses an element keeps a right length. */
import type { Bytes } from '@nomyo/core'
import fc from 'fast-check'
import { concat } from '../../src/lib/bytes.js'
import { readElement, readElements } from '../../src/lib/der.js'

/** An element, with those in it where it has some. */
interface Node {
  tag: number
  /** What comes before the content: the unused bits of a BIT STRING. */
  start: Uint8Array
  content: Uint8Array | Node[]
  /** How its length is written. */
  length: 'right' | 'padded' | 'indefinite' | 'short' | 'long'
}

/** Changes a list of elements in place. */
type DerEdit = (nodes: Node[], index: number) => void

const edit: fc.Arbitrary<DerEdit> = fc.oneof(
  fc.constantFrom<DerEdit>(
    (nodes, index) => void nodes.splice(index, 1),
    (nodes, index) => void nodes.splice(index, 0, structuredClone(nodes[index]!)),
    (nodes, index) => void nodes.unshift(...nodes.splice(index, 1)),
    (nodes, index) =>
      void (nodes[index] = { tag: 0x30, start: new Uint8Array(), content: [nodes[index]!], length: 'right' }),
    (nodes, index) => void (nodes[index]!.content = concat(Uint8Array.of(0), encode(nodes[index]!.content))),
    (nodes, index) => void (nodes[index]!.content = new Uint8Array()),
  ),
  fc.constantFrom('padded', 'indefinite', 'short', 'long').map((length): DerEdit => (nodes, index) => {
    nodes[index]!.length = length
  }),
  fc
    .oneof(fc.constantFrom(0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0xa0, 0x81), fc.nat(255))
    .map((tag): DerEdit => (nodes, index) => {
      nodes[index]!.tag = tag
    }),
  fc.uint8Array({ maxLength: 40 }).map((content): DerEdit => (nodes, index) => {
    nodes[index]!.content = content
  }),
  fc.tuple(fc.nat(400), fc.nat(255)).map(([at, value]): DerEdit => (nodes, index) => {
    const content = encode(nodes[index]!.content)
    if (content.length > 0) content[at % content.length] = value
    nodes[index]!.content = content
  }),
)

/** Elements dropped, doubled, moved, wrapped, retyped, replaced; lengths that are not DER. */
export const derEdits: fc.Arbitrary<readonly ((root: Node[]) => void)[]> = fc.array(
  fc.tuple(fc.nat(40), edit).map(([index, change]) => (root: Node[]) => {
    const places = placesIn(root)
    const { list, at } = places[index % (places.length || 1)] ?? {}
    if (list !== undefined) change(list, at!)
  }),
  { maxLength: 3 },
)

/** A damaged copy of DER that is known to be good. */
export function editDer(der: Uint8Array, edits: readonly ((root: Node[]) => void)[]): Bytes {
  const root = [nodeOf(der)]
  for (const change of edits) change(root)
  return encode(root)
}

/** A SEQUENCE holds elements; so may an OCTET STRING, and a BIT STRING behind its first byte, as in keys. */
function nodeOf(der: Uint8Array): Node {
  const { tag, content } = readElement(der, 0)!
  const start = tag === 0x03 ? 1 : 0
  const inside = readElement(content, start)
  const isWrapper = (tag === 0x03 || tag === 0x04) && inside?.tag === 0x30 && inside.end === content.length
  if (tag !== 0x30 && !isWrapper) return { tag, start: new Uint8Array(), content, length: 'right' }
  const elements = readElements(content.subarray(start)) ?? []
  const nodes = elements.map((one) => nodeOf(encodeElement(one.tag, one.content)))
  return { tag, start: content.slice(0, start), content: nodes, length: 'right' }
}

function encode(content: Uint8Array | Node[]): Bytes {
  if (content instanceof Uint8Array) return new Uint8Array(content)
  return concat(
    ...content.map((node) => encodeElement(node.tag, concat(node.start, encode(node.content)), node.length)),
  )
}

function encodeElement(tag: number, content: Uint8Array, length: Node['length'] = 'right'): Bytes {
  return concat(Uint8Array.of(tag, ...lengthOctets(content.length, length)), content)
}

function lengthOctets(size: number, form: Node['length']): number[] {
  if (form === 'indefinite') return [0x80]
  const told = form === 'short' ? Math.max(0, size - 1) : form === 'long' ? size + 1 : size
  const digits = [told >> 16, (told >> 8) & 0xff, told & 0xff]
  if (form === 'padded') return [0x83, ...digits]
  if (told < 0x80) return [told]
  const used = told < 0x100 ? 1 : told < 0x10000 ? 2 : 3
  return [0x80 + used, ...digits.slice(3 - used)]
}

function placesIn(nodes: Node[]): { list: Node[]; at: number }[] {
  return nodes.flatMap(({ content }, at) => [
    { list: nodes, at },
    ...(content instanceof Uint8Array ? [] : placesIn(content)),
  ])
}
