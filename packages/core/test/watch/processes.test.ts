/** What child processes print is searched too; pages have none. */
import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { secretsShown } from './shown.ts'

test('a password that a child prints is found', async () => {
  const env = { ...process.env, NOMYO_KEY_PASSWORD: 'the-password-of-a-child' }
  const child = spawn(process.execPath, ['-e', 'console.error(process.env.NOMYO_KEY_PASSWORD)'], { env })
  await new Promise((resolve) => child.once('close', resolve))
  expect(secretsShown()).toEqual(['password in the error output of a child'])
})
