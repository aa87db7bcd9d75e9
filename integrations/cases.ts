/** What every SDK must do over our fetch. A case that returns has passed. */
import assert from 'node:assert/strict'
import { ANSWER, CITY, PROMPT } from './support/markers.ts'
import { inTopology, type Protocol, type Topology, type Twist } from './support/topology.ts'
import type { Sdk, Seen } from './sdks/sdk.ts'

export type Case = (sdk: Sdk, protocol: Protocol) => Promise<void>

const with_ =
  (twist: Twist, run: (sdk: Sdk, topology: Topology) => Promise<void>): Case =>
  async (sdk, protocol) =>
    inTopology(protocol, twist, (topology) => run(sdk, topology))

const ask = { prompt: PROMPT }
const isAnswer = (text: string, prompt = PROMPT): void => {
  assert.ok(text.startsWith(`${ANSWER}: you said `) && text.includes(prompt), `another answer: ${text}`)
}

/** What `run` throws, as the SDK's user sees it. */
async function failureOf(sdk: Sdk, run: Promise<unknown>): Promise<Seen> {
  const outcome = await run.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  assert.ok(
    'error' in outcome,
    `there was no error, but ${JSON.stringify((outcome as { value: unknown }).value)}`,
  )
  return sdk.seen(outcome.error)
}

/** For as long as a cut answer is tried again, it must end in an error. */
const isErrorWhole: (sdk: Sdk, topology: Topology) => Promise<void> = async (sdk, topology) => {
  await failureOf(sdk, sdk.plain(topology, ask))
}
const isErrorStreamed: typeof isErrorWhole = async (sdk, topology) => {
  await failureOf(sdk, sdk.streamed(topology, ask))
}

const changed =
  (change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): NonNullable<Twist['fault']> =>
  async (response) => {
    const bytes = new Uint8Array(await response.arrayBuffer())
    const headers = new Headers(response.headers)
    headers.delete('content-length')
    return new Response(change(bytes), { status: response.status, headers })
  }

const half: Twist = { fault: changed((bytes) => bytes.slice(0, bytes.length / 2)) }
// The last frame alone, or the end of the JSON: what is missing is the end, and nothing else.
const withoutEnd: Twist = { fault: changed((bytes) => bytes.slice(0, -300)) }
const damaged: Twist = { fault: changed((bytes) => bytes.map((byte, i) => (i === 180 ? byte ^ 1 : byte))) }

const oneTypedError = async (sdk: Sdk, topology: Topology, code: string, posts: number): Promise<void> => {
  for (const [i, run] of [sdk.plain, sdk.streamed].entries()) {
    const seen = await failureOf(sdk, run(topology, ask))
    assert.equal(seen.code, code)
    assert.equal(seen.status, 400)
    assert.equal(topology.calls(), i + 1, 'it was called again')
  }
  assert.equal(topology.posts(), posts)
}

export const CASES: Readonly<Record<string, Case>> = {
  'plain': with_({}, async (sdk, topology) => isAnswer(await sdk.plain(topology, ask))),
  'streamed': with_({}, async (sdk, topology) => {
    const pieces: string[] = []
    const text = await sdk.streamed(topology, { ...ask, onText: (piece) => void pieces.push(piece) })
    isAnswer(text)
    assert.equal(pieces.join(''), text)
    if (topology.protocol === '2.0') assert.ok(pieces.length > 1, 'it came in one piece')
  }),
  'tool call and result': with_({}, async (sdk, topology) => {
    const cities: string[] = []
    const text = await sdk.tools(topology, ask, (city) => (cities.push(city), `sun in ${city}`))
    assert.ok(cities.includes(CITY))
    assert.ok(text.includes(`the tool said`) && text.includes(`sun in ${CITY}`), text)
  }),
  'JSON schema': with_({}, async (sdk, topology) => {
    assert.deepEqual(await sdk.schema(topology, ask), { city: CITY, degrees: 21 })
    assert.equal(topology.model.requests[0]?.body.response_format?.type, 'json_schema')
  }),
  'error 401': with_({ apiKey: 'sk-wrong' }, async (sdk, topology) => {
    assert.equal((await failureOf(sdk, sdk.plain(topology, ask))).status, 401)
    assert.equal(topology.calls(), 1)
  }),
  '429, then success': with_(
    {
      fault: (response, count) =>
        count > 1
          ? response
          : Response.json(
              { detail: 'Later.' },
              { status: 429, headers: { 'retry-after': '1', 'retry-after-ms': '5' } },
            ),
    },
    async (sdk, topology) => {
      isAnswer(await sdk.plain(topology, ask))
      assert.equal(topology.calls(), 2)
    },
  ),
  'abort': with_({}, async (sdk, topology) => {
    const controller = new AbortController()
    const running = sdk.streamed(topology, {
      prompt: `${PROMPT} wait for ever`,
      signal: controller.signal,
      // Over 2.0 in mid-stream; over 1.0 nothing comes before the end.
      onText: () => controller.abort(),
    })
    const failed = failureOf(sdk, running)
    if (topology.protocol === '1.0') {
      while (topology.model.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      controller.abort()
    }
    await failed
    await topology.model.requests[0]!.gone
    assert.equal(topology.calls(), 1)
  }),
  'two at once': with_({}, async (sdk, topology) => {
    const prompts = ['one', 'two'].map((name) => `${PROMPT} ${name}`)
    const texts = await Promise.all([
      sdk.plain(topology, { prompt: prompts[0]! }),
      sdk.streamed(topology, { prompt: prompts[1]! }),
    ])
    texts.forEach((text, i) => isAnswer(text, prompts[i]))
  }),
  'pin mismatch': with_(
    { options: { serverKeyPins: [`sha256/${'A'.repeat(43)}=`] } },
    async (sdk, topology) => oneTypedError(sdk, topology, 'server_key_mismatch', 0),
  ),
  'damaged': with_(damaged, async (sdk, topology) => oneTypedErrorOrBody(sdk, topology)),
  'cut in half': with_(half, isErrorWhole),
  'cut in half, streamed': with_(half, isErrorStreamed),
  'without its end, streamed': with_(withoutEnd, isErrorStreamed),
  'reset': with_({ cutAfter: 700 }, isErrorWhole),
  'reset, streamed': with_({ cutAfter: 700 }, isErrorStreamed),
}

/** Over 1.0 and for whole answers before the SDK has anything; over 2.0 the streamed body breaks in its midst. */
async function oneTypedErrorOrBody(sdk: Sdk, topology: Topology): Promise<void> {
  const whole = await failureOf(sdk, sdk.plain(topology, ask))
  assert.equal(whole.code, 'decryption_failed')
  assert.equal(topology.calls(), 1, 'it was called again')
  await failureOf(sdk, sdk.streamed(topology, ask))
}
