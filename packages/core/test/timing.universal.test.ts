import { expect, test } from 'vitest'
import { notAsLong, superiority, timesOf, toldApart, type Times } from './timing.js'

test('superiority is the share of pairs in which the second is larger, ties by half', () => {
  expect(superiority([1, 2, 3], [4, 5])).toBe(1)
  expect(superiority([4, 5], [1, 2, 3])).toBe(0)
  expect(superiority([1, 2], [1, 2])).toBe(0.5)
  expect(superiority([1, 3], [2])).toBe(0.5)
  expect(superiority([1, 1, 1, 9], [2])).toBe(0.75)
})

test('a few very long times change next to nothing', () => {
  const usual = Array.from({ length: 100 }, (_, i) => i)
  expect(superiority(usual, [...usual, 1e9, 1e9])).toBeCloseTo(0.51)
})

test('what is told apart is named, either way round', () => {
  const times: Times = new Map([
    ['a', [1, 2, 3]],
    ['b', [1, 2, 3]],
    ['c', [0, 0, 1]],
  ])
  expect(toldApart(times, ['a', 'b'], 0.1)).toEqual([])
  expect(toldApart(times, ['a', 'b', 'c'], 0.1)).toEqual(['a < c: 0.056', 'b < c: 0.056'])
  expect(toldApart(times, ['c', 'a'], 0.1)).toEqual(['c < a: 0.944'])
  expect(toldApart(times, ['a', 'c'], 0.45)).toEqual([])
})

test('what is longer or shorter than others by a share is named, with the ratio of the medians', () => {
  const times: Times = new Map([
    ['a', [3, 4, 5]],
    ['b', [4, 5, 90]],
    ['c', [1, 2, 3]],
  ])
  expect(notAsLong(times, 'b', ['a'], 0.25)).toEqual([])
  expect(notAsLong(times, 'b', ['a'], 0.24)).toEqual(['b / a: 1.250'])
  expect(notAsLong(times, 'c', ['a', 'b'], 0.5)).toEqual(['c / b: 0.400'])
})

test('each cause is tried once in each round', async () => {
  const tried: string[] = []
  const cause = (name: string) => ({
    name,
    prepare: async () => async () => tried.push(name),
  })
  const times = await timesOf([cause('a'), cause('b')], 5)
  expect([...times.values()].map((all) => all.length)).toEqual([5, 5])
  const rounds = Array.from({ length: tried.length / 2 }, (_, i) =>
    tried
      .slice(2 * i, 2 * i + 2)
      .sort()
      .join(''),
  )
  expect(new Set(rounds)).toEqual(new Set(['ab']))
})
