/** The first call of a fresh process, and the first request of a fresh page: with a stored key and without. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodePem, importPrivateKey } from '@nomyo/core'
import { pemKeyStore } from '@nomyo/keystore-pem'
import { Child } from '../measure/child.mjs'
import { beyondGenerating } from '../measure/marks.mjs'
import { bootstrap, median, ratioOf } from '../measure/statistics.mjs'
import { inTurns } from '../measure/turns.mjs'
import { exactly, ms } from '../report.mjs'
import { firstOfPage } from './first-of-page.mjs'

const STORED = ['client 1.0', 'floor 1.0', 'client 2.0', 'floor 2.0']

/** @param {import('../context.mjs').Context} context */
export async function first(context) {
  await withKeyFiles(context.addresses.own, (dir) => firstOfProcess(context, dir))
  await firstOfPage(context)
}

async function withKeyFiles({ privatePem }, task) {
  const dir = await mkdtemp(join(tmpdir(), 'nomyo-bench-'))
  try {
    const keyPair = await importPrivateKey(decodePem(privatePem).der, { exportable: true })
    // That the key is not encrypted is known.
    await pemKeyStore({ dir, onWarning: () => undefined }).save('current', { keyPair, createdAt: Date.now() })
    await task(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function firstOfProcess({ report, addresses, turns, isShort }, dir) {
  const outcomeOf = async (name, keys) => {
    const child = new Child('processes/first-call.mjs', [name, addresses.floor, keys])
    const outcome = await child.ready
    await child.end()
    return outcome
  }
  const stored = Object.fromEntries(STORED.map((name) => [name, () => outcomeOf(name, dir)]))
  const outcomes = await inTurns(turns(8), stored, { warmUp: 1 })
  report.heading('First call of a fresh process, 1 KB, key in a PEM file (ms since its start)')
  report.line('', 'request left', 'answered')
  const of = (name, when) => outcomes[name].map((one) => one[when])
  for (const name of STORED) report.line(name, ms(median(of(name, 'sent'))), ms(median(of(name, 'answered'))))
  report.keep('first call of a process', outcomes)
  for (const protocol of ['1.0', '2.0']) {
    const [client, floor] = [`client ${protocol}`, `floor ${protocol}`]
    report.ratio(`${client} / floor, answered`, ratioOf(of(client, 'answered'), of(floor, 'answered')))
  }
  const generated = await inTurns(isShort ? 2 : 4, { both: () => outcomeOf('client 1.0', '') }, { warmUp: 0 })
  report.ratio(
    '1.0 without a key: ms beyond generating',
    bootstrap(generated.both.map(beyondGenerating), median),
  )
  report.atMost('keys generated over 2.0', exactly(Math.max(...of('client 2.0', 'generations'))), 0)
}
