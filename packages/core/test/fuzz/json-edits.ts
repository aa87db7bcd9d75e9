/** Damage to JSON that knows its structure, and keeps what `JSON.parse` would lose: the same key twice, the order. */
import fc from 'fast-check'
import { unit } from './text.js'

/** JSON whose objects are lists. */
type Tree = { readonly text: string } | { readonly open: '{' | '['; readonly slots: Slot[] }

interface Slot {
  key: string
  tree: Tree
}

/** Changes a tree in place. */
type JsonEdit = (root: Tree, donor: Tree) => void

const value = fc.jsonValue({ maxDepth: 1, stringUnit: unit }).map((json) => treeOf(json))
const literal = fc
  .constantFrom(
    'null',
    'true',
    '[]',
    '""',
    '1e999',
    '-0',
    '1.0',
    'NaN',
    '01',
    '"\\ud800"',
    'nul',
    '',
    '{}',
    '[[[[[[[[[0]]]]]]]]]',
  )
  .map((text): Tree => ({ text }))
const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', ''), fc.string({ maxLength: 8 }))

const CHANGES_OF_BASE64: readonly ((text: string) => string)[] = [
  (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
  (text) => text.replace(/=+$/, ''),
  (text) => text + '=',
  (text) => text + '====',
  (text) => text + 'AAAA',
  (text) => 'AAAA' + text,
  (text) => text.slice(4),
  (text) => text.slice(0, -4),
  (text) => text.replace(/.(?==*$)/, (last) => String.fromCharCode(last.charCodeAt(0) + 1)),
  (text) => text.replace(/(.{64})/g, '$1\n'),
  (text) => ` ${text}`,
  (text) => text.toLowerCase(),
  (text) => text.slice(0, 4) + '=' + text.slice(4),
  (text) => text.slice(0, 4) + '\u0441' + text.slice(5),
  () => '',
]

type SlotEdit = (slots: Slot[], index: number, donor: Tree) => void

const drop: SlotEdit = (slots, index) => void slots.splice(index, 1)
const double: SlotEdit = (slots, index) => void slots.splice(index, 0, { ...slots[index]! })
const move: SlotEdit = (slots, index) => void slots.unshift(...slots.splice(index, 1))
const wrap: SlotEdit = (slots, index) => {
  slots[index] = { ...slots[index]!, tree: { open: '[', slots: [{ ...slots[index]! }] } }
}
const swap: SlotEdit = (slots, index, donor) => {
  const { key: name } = slots[index]!
  const found = slotsIn(structuredClone(donor)).find(({ list, at }) => list[at]!.key === name)
  if (found !== undefined) slots[index] = found.list[found.at]!
}

/** Moves bytes from the end of one base64 field to the beginning of another: together they stay the same. */
const shift = fc
  .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 16 }))
  .map(([distance, count]): SlotEdit => (slots, index) => {
    const other = slots[index + distance]
    if (other === undefined) return
    let moved = Buffer.alloc(0)
    rewrite(slots[index]!, (text) => {
      const bytes = Buffer.from(text, 'base64')
      moved = bytes.subarray(-count)
      return bytes.subarray(0, -count).toString('base64')
    })
    rewrite(other, (text) => Buffer.concat([moved, Buffer.from(text, 'base64')]).toString('base64'))
  })

const slotEdit: fc.Arbitrary<SlotEdit> = fc.oneof(
  shift,
  fc.constantFrom(drop, double, move, wrap),
  { arbitrary: fc.constant(swap), weight: 2 },
  fc.oneof(value, literal).map((tree): SlotEdit => (slots, index) => {
    slots[index] = { ...slots[index]!, tree }
  }),
  fc.tuple(key, value).map(([name, tree]): SlotEdit => (slots, index) => {
    slots.splice(index, 0, { key: name, tree: structuredClone(tree) })
  }),
  key.map((name): SlotEdit => (slots, index) => {
    slots[index] = { ...slots[index]!, key: name }
  }),
  fc.constantFrom(...CHANGES_OF_BASE64).map(
    (change): SlotEdit =>
      (slots, index) =>
        rewrite(slots[index]!, change),
  ),
  fc.tuple(fc.nat(400), fc.string({ maxLength: 2, unit })).map(
    ([at, text]): SlotEdit =>
      (slots, index) =>
        rewrite(slots[index]!, (old) => old.slice(0, at) + text + old.slice(at + 1)),
  ),
)

/** Fields dropped, doubled, moved, retyped, renamed, wrapped, added, taken from another document; base64 otherwise. */
export const jsonEdits: fc.Arbitrary<readonly JsonEdit[]> = fc.array(
  fc.tuple(fc.nat(200), slotEdit).map(([index, edit]): JsonEdit => (root, donor) => {
    const places = slotsIn(root)
    const { list, at } = places[index % (places.length || 1)] ?? {}
    if (list !== undefined) edit(list, at!, donor)
  }),
  { maxLength: 3 },
)

/** The text of `json`, damaged; fields may come from `donor`. */
export function editJson(json: string, donor: string, edits: readonly JsonEdit[]): string {
  const root = treeOf(JSON.parse(json))
  for (const edit of edits) edit(root, treeOf(JSON.parse(donor)))
  return textOf(root)
}

function treeOf(json: unknown): Tree {
  if (typeof json !== 'object' || json === null) return { text: JSON.stringify(json) }
  const slots = Object.entries(json).map(([name, inner]) => ({ key: name, tree: treeOf(inner) }))
  return { open: Array.isArray(json) ? '[' : '{', slots }
}

function textOf(tree: Tree): string {
  if ('text' in tree) return tree.text
  if (tree.open === '[') return `[${tree.slots.map((slot) => textOf(slot.tree)).join()}]`
  return `{${tree.slots.map((slot) => `${JSON.stringify(slot.key)}:${textOf(slot.tree)}`).join()}}`
}

function slotsIn(tree: Tree): { list: Slot[]; at: number }[] {
  if ('text' in tree) return []
  return tree.slots.flatMap((slot, at) => [{ list: tree.slots, at }, ...slotsIn(slot.tree)])
}

/** Of a string only. */
function rewrite(slot: Slot, change: (text: string) => string): void {
  if (!('text' in slot.tree) || !slot.tree.text.startsWith('"') || slot.tree.text.includes('ud800')) return
  slot.tree = { text: JSON.stringify(change(JSON.parse(slot.tree.text) as string)) }
}
