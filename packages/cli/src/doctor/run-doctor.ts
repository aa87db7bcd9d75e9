/** `nomyo doctor`. */
import { styleText } from 'node:util'
import { parseFingerprint } from '@nomyo/core'
import type { GivenOptions } from '../arguments.js'
import { keyCommand } from '../keys/key-command.js'
import { usualRouter } from '../router-key/presented.js'
import { printable } from '../terminal/notices.js'
import { print, printJson } from '../terminal/output.js'
import { environmentKeyFindings } from './environment-keys.js'
import { environmentFindings } from './environment.js'
import type { Finding } from './finding.js'
import { keyFindings } from './key-files.js'
import { replayStoreFindings } from './replay-store.js'
import { routerFindings, shownAddress } from './router.js'
import { nodeFindings, tlsFindings } from './runtime.js'
import { withSecrets } from './secret-files.js'
import { sourceFindings } from './sources.js'

const LOOKS = { ok: 'green', warning: 'yellow', problem: 'red' } as const
const STORE_VARIABLE = 'NOMYO_ROUTER_REPLAY_STORE'
const WIDTH = 'problem'.length

/** Looks at everything and says what was found; gives the exit code, 1 for a problem. */
export async function runDoctor(options: GivenOptions): Promise<number> {
  const keys = keyCommand(options)
  const address = { url: options.text('url') ?? usualRouter(), allowHttp: options.flag('allow-http') }
  const pins = options.list('pin').map(parseFingerprint)
  const replayStore = options.text('replay-store') ?? (process.env[STORE_VARIABLE] || undefined)
  const findings = [
    ...nodeFindings(),
    ...tlsFindings(),
    ...environmentFindings(),
    ...(await sourceFindings()),
    ...(await keyFindings(keys)),
    ...(await withSecrets(process.env, async (env) => [
      ...(await environmentKeyFindings(env)),
      ...(await replayStoreFindings(replayStore, env)),
    ])),
    ...(await routerFindings({ address, pins, keys })),
  ]
  const count = (level: Finding['level']): number => findings.filter((one) => one.level === level).length
  const [problems, warnings] = [count('problem'), count('warning')]
  if (keys.json) await printJson({ url: shownAddress(address.url), problems, warnings, findings })
  else await print(`${[...findings.map(linesOf), '', summary(problems, warnings)].join('\n')}\n`)
  return problems > 0 ? 1 : 0
}

function linesOf({ level, check, message, mend }: Finding): string {
  const word = styleText(LOOKS[level], level.padEnd(WIDTH), { stream: process.stdout })
  const line = `${word}  ${printable(`${check}: ${message}`)}`
  return mend === undefined ? line : `${line}\n${' '.repeat(WIDTH)}  → ${printable(mend)}`
}

function summary(problems: number, warnings: number): string {
  if (problems + warnings === 0) return 'Nothing is wrong.'
  const several = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
  return `${several(problems, 'problem')}, ${several(warnings, 'warning')}.`
}
