/** What the calls of the tests carry and hold, and no error or log may show. */
import { testKeyBase64 } from './keys.ts'

export const API_KEY = 'sk-marker-5f3a91'
export const PROMPT = 'prompt-marker-77c2'
/** The answer of a test router that was not told another one. */
export const ANSWER = 'Hello from the test router.'
/** Of a line in the PEM of the private key that most clients of the tests have. */
const PRIVATE_KEY = testKeyBase64('client2048').slice(1024, 1072)

export const MARKERS: readonly string[] = [API_KEY, PROMPT, ANSWER, PRIVATE_KEY]
