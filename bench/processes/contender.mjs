/**
 * One way to ask, in a process of its own: nobody pays for the garbage of another, and its CPU time is its own.
 * Arguments: its name, and where to ask. Messages: how many calls of how many bytes, one after the other or at once.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { callOf } from '../contenders.mjs'
import { peakMemory } from '../measure/peak-memory.mjs'
import { platform } from '../platform/node.mjs'
import { requestOf } from '../request.mjs'

const [name, target] = process.argv.slice(2)
const call = await callOf(name, { ...JSON.parse(target), platform })

/** @returns ms of each call: of the clock, and of the CPU in all threads of this process */
async function inSequence({ bytes, calls }) {
  const request = requestOf(bytes)
  const [before, start] = [process.cpuUsage(), performance.now()]
  for (let i = 0; i < calls; i++) await call(request)
  const wall = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  return { wall: wall / calls, cpu: (user + system) / 1000 / calls }
}

/** @returns ms until all were answered, and ms for which the event loop was away at its 99th percentile */
async function atOnce({ bytes, calls }) {
  const request = requestOf(bytes)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const start = performance.now()
  await Promise.all(Array.from({ length: calls }, () => call(request)))
  const wall = performance.now() - start
  delay.disable()
  return { wall, delay: delay.percentile(99) / 1e6 }
}

/** @returns the most bytes of memory that this process ever took, once the calls are done */
async function peak({ concurrency = 1, ...calls }) {
  await (concurrency === 1 ? inSequence(calls) : atOnce({ ...calls, calls: concurrency }))
  return peakMemory()
}

const tasks = { inSequence, atOnce, peak }
process.on('disconnect', () => process.exit())
process.on('message', ({ task, ...settings }) => {
  void tasks[task](settings).then((result) => process.send(result))
})
process.send('ready')
