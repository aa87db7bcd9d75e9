import { test } from '@playwright/test'
import { LocalRouter } from './local-router.ts'
import { ModelServer } from './model-server.ts'

/** A models' server that says what it is told to, and before it a router that serves the page: for all tests of a file. */
export function startWithModel(): { readonly model: ModelServer; readonly router: LocalRouter } {
  const model = new ModelServer()
  const router = new LocalRouter()
  test.beforeAll(async () => {
    await model.start()
    await router.start(['--upstream', model.address])
  })
  test.afterAll(async () => {
    await router[Symbol.asyncDispose]()
    await model[Symbol.asyncDispose]()
  })
  return { model, router }
}
