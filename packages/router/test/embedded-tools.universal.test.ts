import { describe, expect, test } from 'vitest'
import type { JsonObject } from '@nomyo/core'
import { answerTo, contentOf, prompt, send } from './support/embedded.ts'

const tool = (name: string, parameters?: unknown): JsonObject => ({
  type: 'function',
  function: { name, ...(parameters === undefined ? {} : { parameters }) },
})
const tools = [
  tool('get_weather', {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1 }, note: { type: 'string' } },
    required: ['city', 'days'],
  }),
  tool('get_time'),
]

async function calls(text: string, rest: JsonObject = {}): Promise<string[]> {
  const { choices } = await answerTo(prompt(text, { tools, ...rest }))
  return (choices[0]!.message.tool_calls ?? []).map(
    (call) => `${call.function.name}${call.function.arguments}`,
  )
}

const WEATHER = 'get_weather{"city":"","days":1}'

describe('tools', () => {
  test('the one that the prompt names is called, with its required arguments', async () => {
    const { choices } = await answerTo(prompt('Please call get_weather for me', { tools }))
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
    expect(await calls('Please call get_weather for me')).toEqual([WEATHER])
  })

  test('all that the prompt names, with ids of their own', async () => {
    const { choices } = await answerTo(prompt('get_time and get_weather', { tools }))
    const ids = choices[0]!.message.tool_calls!.map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    expect(await calls('get_time and get_weather')).toEqual([WEATHER, 'get_time{}'])
  })

  test('parallel_tool_calls: false calls one', async () => {
    expect(await calls('get_time and get_weather', { parallel_tool_calls: false })).toEqual([WEATHER])
  })

  test.for(['What is the weather?', 'get_weathers', 'forget_weather', 'xget_time', ''])(
    '“%s” calls none',
    async (text) => {
      expect(await calls(text)).toEqual([])
    },
  )

  test('the whole word decides, at both ends of the text too', async () => {
    expect(await calls('get_time')).toEqual(['get_time{}'])
    expect(await calls('(get_time),get_weather!')).toEqual([WEATHER, 'get_time{}'])
    expect(await calls('get_time-')).toEqual([])
    expect(await calls('äget_timeß')).toEqual(['get_time{}'])
  })

  test('a long prompt that almost names many tools does not take long', async () => {
    const many = Array.from({ length: 128 }, (_, i) => tool('a'.repeat(4 + (i % 4))))
    const start = performance.now()
    expect(await calls('a'.repeat(400_000), { tools: many })).toEqual([])
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  test('a tool’s result is answered in words', async () => {
    const messages = [
      { role: 'user', content: 'get_time' },
      { role: 'assistant', content: null, tool_calls: [] },
      { role: 'tool', tool_call_id: 'call_1', content: '12:00' },
    ]
    const { choices } = await answerTo({ model: 'm', messages, tools })
    expect(choices[0]).toMatchObject({ finish_reason: 'stop' })
    expect(choices[0]!.message.content).toContain('I read 3 messages')
  })

  test('arguments that outgrow max_tokens are cut, and say so', async () => {
    const parameters = { type: 'object', properties: { a: { const: 'one two three' } }, required: ['a'] }
    const request = prompt('say', { tools: [tool('say', parameters)], max_tokens: 2 })
    const { choices, usage } = await answerTo(request)
    expect(choices[0]).toMatchObject({ finish_reason: 'length' })
    expect(choices[0]!.message.tool_calls![0]!.function.arguments).toBe('{"a":"one two')
    expect(usage.completion_tokens).toBe(2)
  })
})

describe('tool_choice', () => {
  test('none calls none', async () => {
    expect(await calls('get_weather', { tool_choice: 'none' })).toEqual([])
  })

  test('required calls the named one, or else the first', async () => {
    expect(await calls('get_time', { tool_choice: 'required' })).toEqual(['get_time{}'])
    expect(await calls('anything', { tool_choice: 'required' })).toEqual([WEATHER])
  })

  test('a named one is called whatever the prompt says', async () => {
    const tool_choice = { type: 'function', function: { name: 'get_time' } }
    expect(await calls('get_weather', { tool_choice })).toEqual(['get_time{}'])
  })

  test.for([['some'], [{ type: 'function', function: { name: 'other' } }], [5]])(
    '%j → 400',
    async ([tool_choice]) => {
      expect((await send(prompt('x', { tools, tool_choice }))).status).toBe(400)
    },
  )
})

describe('response_format', () => {
  test('json_object is the reading as JSON', async () => {
    const content = await contentOf(prompt('Hello', { response_format: { type: 'json_object' } }))
    expect(JSON.parse(content)).toMatchObject({
      characters: 5,
      messages: 1,
      sha256: expect.stringMatching(/^185f8/),
    })
  })

  const smallest = async (schema: unknown): Promise<unknown> => {
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } }
    return JSON.parse(await contentOf(prompt('x', { response_format })))
  }

  const date = { type: 'string', format: 'date' }
  test.for([
    [
      'only what is required',
      { type: 'object', properties: { a: { type: 'boolean' }, b: {} }, required: ['a'] },
      { a: false },
    ],
    ['required without a description', { type: 'object', required: ['a'] }, { a: null }],
    ['const', { const: { x: [1] } }, { x: [1] }],
    ['enum', { type: 'string', enum: ['b', 'a'] }, 'b'],
    ['the first of types', { type: ['integer', 'null'] }, 0],
    ['null', { type: 'null' }, null],
    ['minLength', { type: 'string', minLength: 3 }, 'xxx'],
    ['format', date, '1970-01-01'],
    ['minimum', { type: 'number', minimum: 2.5 }, 2.5],
    ['minimum of an integer', { type: 'integer', minimum: 2.5 }, 3],
    ['exclusiveMinimum', { type: 'integer', exclusiveMinimum: 3 }, 4],
    ['between two bounds', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    ['maximum below zero', { type: 'integer', maximum: -5 }, -5],
    ['multipleOf', { type: 'integer', minimum: 4, multipleOf: 3 }, 6],
    ['minItems', { type: 'array', items: date, minItems: 2 }, ['1970-01-01', '1970-01-01']],
    ['no minItems', { type: 'array', items: date }, []],
    [
      'prefixItems',
      { type: 'array', prefixItems: [{ type: 'boolean' }], items: date, minItems: 2 },
      [false, '1970-01-01'],
    ],
    [
      'allOf',
      { allOf: [{ properties: { a: date }, required: ['a'] }, { required: ['b'] }] },
      { a: '1970-01-01', b: null },
    ],
    [
      'anyOf: the first that has a value',
      { anyOf: [{ $ref: 'https://elsewhere.example' }, { type: 'null' }] },
      null,
    ],
    [
      'oneOf with siblings',
      { type: 'object', required: ['k'], oneOf: [{ properties: { k: { const: 1 } } }] },
      { k: 1 },
    ],
    ['a reference', { $defs: { 'a/b': date }, $ref: '#/$defs/a~1b' }, '1970-01-01'],
    ['a type that is left out', { properties: { a: { minimum: 1 } }, required: ['a'] }, { a: 1 }],
    [
      'recursion that may end',
      {
        $defs: {
          n: {
            type: 'object',
            properties: { next: { anyOf: [{ $ref: '#/$defs/n' }, { type: 'null' }] } },
            required: ['next'],
          },
        },
        $ref: '#/$defs/n',
      },
      expect.anything(),
    ],
  ] as [string, unknown, unknown][])('json_schema: %s', async ([, schema, expected]) => {
    expect(await smallest(schema)).toEqual(expected)
  })

  test('a property named __proto__ is a property', async () => {
    const value = (await smallest({ type: 'object', required: ['__proto__'] })) as object
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => {
      const next = { $ref: `#/$defs/d${i + 1}` }
      return [`d${i}`, { type: 'object', properties: { a: next, b: next }, required: ['a', 'b'] }]
    }),
  )
  test.for([
    ['recursion without an end', { $ref: '#' }],
    ['a required property of itself', { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }],
    ['a billion letters', { type: 'string', minLength: 1e9 }],
    ['a billion items', { type: 'array', items: { type: 'null' }, minItems: 1e9 }],
    ['doubling 40 times', { $defs: { ...doubling, d40: { type: 'null' } }, $ref: '#/$defs/d0' }],
    [
      'alternatives that all fail, 40 times',
      { anyOf: Array(40).fill({ anyOf: Array(40).fill({ anyOf: Array(40).fill(false) }) }) },
    ],
    [
      'a large constant, a thousand times',
      { type: 'array', items: { const: 'x'.repeat(1000) }, minItems: 1000 },
    ],
    [
      'ten thousand properties, ten thousand times',
      {
        $defs: {
          wide: { properties: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, true])) },
        },
        type: 'array',
        items: { $ref: '#/$defs/wide' },
        minItems: 10_000,
      },
    ],
    ['false', false],
    ['an unknown type', { type: 'tuple' }],
    ['bounds that leave nothing', { type: 'integer', minimum: 5, maximum: 4 }],
    ['a reference to elsewhere', { $ref: 'https://elsewhere.example/schema' }],
  ] as [string, unknown][])('json_schema → 400 at once: %s', async ([, schema]) => {
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } }
    const startedAt = performance.now()
    expect((await send(prompt('x', { response_format }))).status).toBe(400)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})
