/** Whole calls in Node, and the requests and connections that they take. */
import { Child } from '../measure/child.mjs'
import { NAMES } from '../contenders.mjs'
import { LIMITS } from '../limits.mjs'
import { mapValues } from '../measure/turns.mjs'
import { compareCalls, SIZES } from './calls.mjs'

/** @param {import('../context.mjs').Context} context */
export async function node(context) {
  const children = await contenderProcesses(context, NAMES)
  const contenders = mapValues(children, (child) => ({
    run: (bytes, calls) => child.ask({ task: 'inSequence', bytes, calls }),
  }))
  try {
    const limitOf = (protocol, label) => LIMITS.node[protocol][label]
    await compareCalls(context, { where: 'Node', contenders, sizes: SIZES, limitOf })
  } finally {
    await Promise.all(Object.values(children).map((child) => child.end()))
  }
  await countRequests(context)
}

/** @param {import('../context.mjs').Context} context @param {string[]} names */
export async function contenderProcesses({ addresses }, names) {
  const target = JSON.stringify(addresses)
  const children = Object.fromEntries(
    names.map((name) => [name, new Child('processes/contender.mjs', [name, target])]),
  )
  await Promise.all(Object.values(children).map((child) => child.ready))
  return children
}

async function countRequests(context) {
  const { report, servers } = context
  report.heading('Node, requests and connections of a fresh client')
  report.line('', 'first call', 'next ten', 'connections')
  for (const name of NAMES.filter((one) => !one.endsWith('again'))) {
    const before = await servers.ask('counts')
    const { [name]: child } = await contenderProcesses(context, [name])
    await child.ask({ task: 'inSequence', bytes: 1000, calls: 1 })
    const first = await servers.ask('counts')
    await child.ask({ task: 'inSequence', bytes: 1000, calls: 10 })
    const last = await servers.ask('counts')
    await child.end()
    const connections = last.connections - before.connections
    report.line(name, first.requests - before.requests, last.requests - first.requests, connections)
    report.keep(`requests of ${name}`, { first: first.requests - before.requests, connections })
  }
}
