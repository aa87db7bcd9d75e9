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

/** The parts that frames give. */
const partsOf = (frames: readonly FrameRecipe[]): string[] =>
  frames.map(({ type, content }) => {
    if (type === 0) return JSON.stringify({ kind: 'pad' })
    const inside = Buffer.from(content ?? [])
    if (type === 2) return `data ${inside.toString('base64')}`
    return JSON.stringify({ kind: 'meta', meta: JSON.parse(inside.toString()) as unknown })
  })

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
  const other = await pieces(ours, OTHER_FRAMES)
  const donors = [...other, ...(await pieces(foreign, FRAMES))]
  // Both answer our request: either may come, whole or cut off, but nothing of both.
  const answers = [
    { whole: concat(...right), parts: partsOf(FRAMES) },
    { whole: concat(...other), parts: partsOf(OTHER_FRAMES) },
  ]
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
      const isPrefix = answers.some(({ whole }) => isSame(bytes, whole.subarray(0, bytes.length)))
      const answer = answers.find(({ whole }) => isSame(bytes, whole))
      hold(isWhole === (answer !== undefined), 'a response ends well if nothing was altered, and only then')
      if (!isWhole) assertRefusal(error, TRUNCATED, ...(isPrefix ? [] : [UNDECRYPTABLE]))
      const came = written(parts)
      const isBeginning = (all: readonly string[]): boolean => came.every((part, i) => part === all[i])
      hold(
        answers.some((one) => isBeginning(one.parts)),
        'only what was sealed is released, in its order',
      )
      hold(answer === undefined || came.length === answer.parts.length, 'all of it was')
    },
  }
})
