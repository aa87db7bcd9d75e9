/** The rows of TLS. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Certificate, Certificates } from '../support/certificates.ts'
import type { AgentRules } from './agent.ts'
import type { Way } from './matrix.ts'
import { setStage, type Setting } from './stage.ts'

/** Those of the certificates that a router may show. */
export type Shown = {
  [Name in keyof Certificates]: Certificates[Name] extends Certificate ? Name : never
}[keyof Certificates]

/** A stage behind TLS with that certificate, before a client that trusts the authority. */
export function behind(
  made: Certificates,
  shown: Shown,
  rules: AgentRules = {},
): Pick<Setting, 'agent' | 'certificate'> {
  const authority = readFileSync(made.authorityFile, 'utf8')
  return { certificate: made[shown], agent: { ...rules, authority } }
}

/** The rows of certificates that are not valid, in order. */
export const CERTIFICATES = [
  { name: 'certificate that has expired', shown: 'expired' },
  { name: 'certificate by nobody but itself', shown: 'selfSigned' },
  { name: 'certificate of another host', shown: 'wrongHost' },
] as const satisfies readonly { name: string; shown: Shown }[]

/** The cell of a certificate, with repetitions on: such a fault is not worth one. */
export async function cellOfCertificate(made: Certificates, shown: Shown, way: Way): Promise<string> {
  await using stage = await setStage({ ...way, ...behind(made, shown), options: { maxRetries: 2 } })
  const { outcome } = await stage.call()
  expect(stage.sealed, 'what was sealed without a valid certificate').toEqual([])
  stage.tls!.show(made.good)
  expect((await stage.call()).outcome, 'with a valid certificate').toBe('answer')
  await stage.settle(1)
  return outcome
}
