/** Says what a process of Node takes that does nothing. */
import { peakMemory } from '../measure/peak-memory.mjs'

process.on('disconnect', () => process.exit())
process.send(peakMemory())
