/** Damaged responses of protocol 2.0. */
import fc from 'fast-check'
import { concat, type Bytes } from '../../src/lib/bytes.js'
import { data, META, meta, pad, request, respond, type FrameRecipe } from '../exchange-forge.js'
import { boundaries, byteEdits, cutAt, editBytes, isSame } from './byte-edits.js'
import { assertRefusal, hold, TRUNCATED, UNDECRYPTABLE } from './refusal.js'
import { read, written } from './response-reading.js'
import { defineTarget } from './target.js'

const FRAMES: readonly FrameRecipe[] = [meta(), data('first '), pad(), data('second '), data('last', true)]
const OTHER_FRAMES: readonly FrameRecipe[] = [
  meta({ ...META, status: 201 }),
  data('other '),
  data('end', true),
]

const PARTS = [
  JSON.stringify({ kind: 'meta', meta: META }),
  ...[
    `data ${btoa('first ')}`,
    JSON.stringify({ kind: 'pad' }),
    `data ${btoa('second ')}`,
    `data ${btoa('last')}`,
  ],
]

/** Changes the list of pieces, the first of which comes before the frames; `donors` are pieces of other responses. */
type PieceEdit = (pieces: Bytes[], donors: readonly Bytes[]) => void

const place = fc.nat(11)
const pieceEdit: fc.Arbitrary<PieceEdit> = fc.oneof(
  place.map(
    (at): PieceEdit =>
      (pieces) =>
        void pieces.splice(at % pieces.length, 1),
  ),
  fc.tuple(place, place).map(([from, to]): PieceEdit => (pieces) => {
    pieces.splice(to % pieces.length, 0, pieces[from % pieces.length]!)
  }),
  fc.tuple(place, place).map(([a, b]): PieceEdit => (pieces) => {
    const [i, j] = [a % pieces.length, b % pieces.length]
    const [left, right] = [pieces[i]!, pieces[j]!]
    pieces[i] = right
    pieces[j] = left
  }),
  fc.tuple(place, place).map(([from, to]): PieceEdit => (pieces, donors) => {
    pieces[to % pieces.length] = donors[from % donors.length]!
  }),
  place.map(
    (at): PieceEdit =>
      (pieces) =>
        void pieces.splice(1 + (at % pieces.length)),
  ),
)

export const responseDamage = defineTarget('response', 4, async () => {
  const [ours, foreign] = [await request(), await request()]
  const pieces = async (answered: typeof ours, frames: readonly FrameRecipe[]): Promise<Bytes[]> => {
    const { head, frames: sealed } = await respond(answered.secrets, frames)
    return [head, ...sealed]
  }
  const right = await pieces(ours, FRAMES)
  const donors = [...(await pieces(ours, OTHER_FRAMES)), ...(await pieces(foreign, FRAMES))]
  const whole = concat(...right)
  return {
    arbitrary: fc.record({
      // Emptied lists would leave nothing to edit.
      pieces: fc.array(pieceEdit, { maxLength: 2 }),
      edits: fc.oneof(fc.constant([]), byteEdits),
      cuts: boundaries,
      way: fc.constantFrom('loop', 'loop', 'stream'),
    }),
    check: async ({ pieces: changes, edits, cuts, way }) => {
      const list = [...right]
      for (const change of changes) if (list.length > 0) change(list, donors)
      const bytes = editBytes(concat(...list), edits)
      const { parts, error, isWhole } = await read(ours.sealed, cutAt(bytes, cuts), way)
      const isPrefix = bytes.length < whole.length && isSame(bytes, whole.subarray(0, bytes.length))
      hold(isWhole === isSame(bytes, whole), 'a response ends well if nothing was altered, and only then')
      if (!isWhole) assertRefusal(error, TRUNCATED, ...(isPrefix ? [] : [UNDECRYPTABLE]))
      const came = written(parts)
      hold(
        came.every((part, i) => part === PARTS[i]),
        'only what was sealed is released, in its order',
      )
      hold(!isWhole || came.length === PARTS.length, 'all of it was')
    },
  }
})
