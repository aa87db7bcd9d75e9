/** The memory of another process, as Linux shows it in /proc/PID/mem, and what is to be found in it. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import type { Needles } from '../../../core/test/needles.ts'

/** How often something was found, by what it shows. */
export type Counts = Readonly<Record<string, number>>

/** Bytes that are read at once. */
const PIECE = 16 * 1024 * 1024

/** Counts needles in the memory of a process, which should wait for something meanwhile. */
export function countInMemory(pid: number, needles: Needles): Counts {
  const counts = new Map(Object.keys(needles).map((name) => [name, 0]))
  const overlap = Math.max(0, ...Object.values(needles).flatMap((all) => all.map(({ length }) => length - 1)))
  for (const piece of piecesOf(pid, overlap)) {
    for (const [name, all] of Object.entries(needles)) {
      for (const needle of all) counts.set(name, counts.get(name)! + occurrences(piece, needle))
    }
  }
  return Object.fromEntries(counts)
}

interface Piece {
  readonly bytes: Buffer
  /** How many bytes of it were the end of the piece before. */
  readonly seen: number
}

/** Those that were not whole in the piece before. */
function occurrences({ bytes, seen }: Piece, needle: Buffer): number {
  let count = 0
  const first = Math.max(0, seen - needle.length + 1)
  for (let at = bytes.indexOf(needle, first); at >= 0; at = bytes.indexOf(needle, at + 1)) count++
  return count
}

function* piecesOf(pid: number, overlap: number): Generator<Piece> {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const buffer = Buffer.alloc(PIECE + overlap)
  try {
    for (const { start, end } of readableRegions(pid)) {
      for (let at = start, seen = 0; at < end;) {
        const size = readAt(memory, buffer, seen, Math.min(PIECE, end - at), at)
        if (size === 0) break
        yield { bytes: buffer.subarray(0, seen + size), seen }
        at += size
        const kept = Math.min(overlap, seen + size)
        buffer.copyWithin(0, seen + size - kept, seen + size)
        seen = kept
      }
    }
  } finally {
    closeSync(memory)
  }
}

/** 0 for what has been unmapped since. */
function readAt(file: number, buffer: Buffer, offset: number, size: number, at: number): number {
  try {
    return readSync(file, buffer, offset, size, at)
  } catch (error) {
    if (['EIO', 'EFAULT'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0
    throw error
  }
}

/** The mappings that may be read, but for those of the kernel, and of files as they are on the disk. */
function readableRegions(pid: number): { readonly start: number; readonly end: number }[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'latin1').trim().split('\n')
  return lines.flatMap((line) => {
    const [, start, end, isWritable, name = ''] =
      /^([0-9a-f]+)-([0-9a-f]+) r(w?)\S* \S+ \S+ \S+ *(.*)$/.exec(line) ?? []
    if (start === undefined || end === undefined || /^\[v(var|syscall|dso)/.test(name)) return []
    if (name.startsWith('/') && isWritable === '') return []
    return [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }]
  })
}
