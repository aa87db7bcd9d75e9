/** Responses of protocol 2.0 that are sealed rightly, with anything in their frames. */
import fc from 'fast-check'
import { concat, utf8 } from '../../src/lib/bytes.js'
import { CAPS_HASH, META, PAYLOAD_ID, request, respond, type FrameRecipe } from '../exchange-forge.js'
import { boundaries, cutAt } from './byte-edits.js'
import { editJson, jsonEdits } from './json-edits.js'
import { areHeaders, readDocument } from './json-oracle.js'
import { assertRefusal, hold, TRUNCATED, UNDECRYPTABLE } from './refusal.js'
import { read, written } from './response-reading.js'
import { defineTarget } from './target.js'

const META_TEXT = JSON.stringify({
  ...META,
  refused: 'clock',
  headers: { 'content-type': 'application/json' },
})
const OTHER_META = JSON.stringify({
  status: 99,
  headers: { 'A b': 'x' },
  payload_id: 'x',
  caps_hash: `${CAPS_HASH}=`,
  t: -1,
  refused: 1,
})
const ERROR_TEXT = '{"code":"backend_failed","message":"It broke off."}'

const metaText = fc.oneof(
  fc.constant(META_TEXT),
  jsonEdits.map((edits) => editJson(META_TEXT, OTHER_META, edits)),
)
const errorText = jsonEdits.map((edits) => editJson(ERROR_TEXT, META_TEXT, edits))
const content = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.oneof(metaText, errorText).map(utf8))
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 20 }, arbitrary)
const often = <T>(value: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(value), weight: 20 }, other)

/** Everything that may be wrong with a frame. */
interface Recipe extends FrameRecipe {
  readonly content: Uint8Array
}

function frame(type: number, inside: fc.Arbitrary<Uint8Array>, isFinal = false): fc.Arbitrary<Recipe> {
  return fc
    .record({
      type: often(type, fc.nat(255)),
      content: inside,
      isFinal: often(isFinal, fc.boolean()),
      length: rarely(fc.oneof(fc.nat(400), fc.nat(65535))),
      padding: rarely(fc.uint8Array({ maxLength: 20 })),
      index: rarely(fc.nat(5)),
    })
    .map(({ length, padding, index, ...rest }) => ({
      ...rest,
      ...(length === undefined ? {} : { length }),
      ...(padding === undefined ? {} : { padding }),
      ...(index === undefined ? {} : { index }),
    }))
}

const inner = fc.oneof(
  frame(2, content),
  frame(0, fc.constant(new Uint8Array())),
  frame(0, fc.uint8Array({ maxLength: 2 })),
)
const last = fc.oneof(
  frame(2, content, true),
  frame(3, errorText.map(utf8), true),
  frame(0, fc.constant(new Uint8Array()), true),
)
const frames = fc
  .tuple(
    frame(1, metaText.map(utf8)),
    fc.array(inner, { maxLength: 3 }),
    fc.array(last, { minLength: 1, maxLength: 2 }),
    fc.nat(8),
  )
  .map(([first, middle, end, dice]) => [first, ...middle, ...(dice === 0 ? end : end.slice(0, 1))])

/** What must come of a frame: a part, nothing at all, or either where a limit may be the reason. */
type Expected = { readonly part: string; readonly isSure: boolean } | undefined

/** By docs/protocol.md. */
function expectation(recipe: Recipe, position: number): Expected {
  const { type, isFinal = false, index = position } = recipe
  const size = (recipe.length ?? recipe.content.length) & 0xffff
  const padding = recipe.padding ?? new Uint8Array((256 - ((3 + recipe.content.length) % 256)) % 256)
  const inside = Buffer.from(concat(recipe.content, padding))
  if (index !== position || size > inside.length || inside.subarray(size).some((byte) => byte > 0))
    return undefined
  const shown = inside.subarray(0, size)
  if ((type === 1) !== (position === 0)) return undefined
  if (type === 0) return size === 0 ? { part: '{"kind":"pad"}', isSure: true } : undefined
  if (type === 2) return { part: `data ${shown.toString('base64')}`, isSure: true }
  const { value, isPlain = false } = readDocument(shown) ?? {}
  if (value === undefined) return undefined
  if (type === 1)
    return isMeta(value)
      ? { part: JSON.stringify({ kind: 'meta', meta: value }), isSure: isPlain }
      : undefined
  const { code, message } = value
  const isError = type === 3 && isFinal && typeof code === 'string' && typeof message === 'string'
  return isError ? { part: JSON.stringify({ kind: 'error', code, message }), isSure: isPlain } : undefined
}

function isMeta({
  status,
  headers,
  payload_id,
  caps_hash,
  t,
  refused,
}: Readonly<Record<string, unknown>>): boolean {
  const isStatus = Number.isInteger(status) && Number(status) > 199 && Number(status) < 600
  const isHash =
    typeof caps_hash === 'string' &&
    Buffer.from(caps_hash, 'base64').length === 32 &&
    Buffer.from(caps_hash, 'base64').toString('base64') === caps_hash
  const isTime = typeof t === 'number' && Number.isSafeInteger(t) && t >= 0
  const isRefusal = refused === undefined || typeof refused === 'string'
  return isStatus && areHeaders(headers) && payload_id === PAYLOAD_ID && isHash && isTime && isRefusal
}

export const responseContent = defineTarget('response-content', 3, async () => {
  const { sealed, secrets } = await request()
  return {
    arbitrary: fc.record({ frames, cuts: boundaries, way: fc.constantFrom('loop', 'loop', 'stream') }),
    check: async ({ frames: recipes, cuts, way }) => {
      const made = await respond(secrets, recipes)
      const { parts, error, isWhole } = await read(
        sealed,
        cutAt(concat(made.head, ...made.frames), cuts),
        way,
      )
      const expected = recipes.map(expectation)
      const isFine = recipes.map((recipe, i) => expected[i] !== undefined && recipe.isFinal !== true)
      const reached = isFine.indexOf(false)
      const end = reached === -1 ? recipes.length : reached
      const isEnded = expected[end] !== undefined
      const right = expected.slice(0, isEnded ? end + 1 : end)
      const came = written(parts)
      hold(
        came.every((part, i) => part === right[i]?.part),
        'only frames that keep the rules are released',
      )
      const isSure = right.every((one) => one?.isSure !== false)
      if (!isSure && !isWhole) return assertRefusal(error, UNDECRYPTABLE, TRUNCATED)
      // A stream that errors drops what nobody has read yet.
      hold(way === 'stream' || came.length === right.length, 'all of them are')
      hold(
        isWhole === (isEnded && end === recipes.length - 1),
        'it ends well at the final frame, and only there',
      )
      if (!isWhole) assertRefusal(error, end === recipes.length ? TRUNCATED : UNDECRYPTABLE)
    },
  }
})
