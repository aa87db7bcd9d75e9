/** The package is the client too: every name of `@nomyo/client` is to be had from `nomyo`. */
import * as client from '@nomyo/client'
import { expect, test } from 'vitest'
import * as nomyo from '../src/index.ts'

test('every runtime name of @nomyo/client is re-exported, and is the same thing', () => {
  expect(Object.keys(nomyo)).toEqual(expect.arrayContaining(Object.keys(client)))
  for (const [name, value] of Object.entries(client)) expect(Reflect.get(nomyo, name), name).toBe(value)
})

test('there is no default export', () => {
  expect(nomyo).not.toHaveProperty('default')
})
