/**
 * The vectors of Project Wycheproof, which are not part of this repository: the folder is named by NOMYO_WYCHEPROOF,
 * or lies beside the workspace.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import { hex } from './pkcs8-forge.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FOLDER = process.env.NOMYO_WYCHEPROOF ?? resolve(ROOT, '../shared/vectors')

/** Fields of a group and of a vector are numbers, or text that is mostly hexadecimal. */
type Fields = Readonly<Record<string, unknown>>

/** One vector, with its group. */
export class Vector {
  readonly #fields: Fields
  /** What its group has beside its vectors, such as the key. */
  readonly group: Fields

  constructor(fields: Fields, group: Fields) {
    this.#fields = fields
    this.group = group
  }

  get id(): string {
    return `tcId ${String(this.#fields.tcId)}`
  }

  get isValid(): boolean {
    return this.#fields.result === 'valid'
  }

  bytes(field: string): Uint8Array<ArrayBuffer> {
    return hex(this.text(field))
  }

  text(field: string): string {
    return textIn(this.#fields, field)
  }

  number(field: string): number {
    const value = this.#fields[field]
    if (typeof value !== 'number') throw new TypeError(`${this.id} has no number ${field}.`)
    return value
  }
}

/** What came of the vectors of a file. */
export interface Counts {
  /** Came out as they must. */
  valid: number
  /** Did not, as they must not. */
  invalid: number
  /** Valid, and refused because our rules are stricter. */
  refused: number
}

export function textIn(fields: Fields, field: string): string {
  const value = fields[field]
  if (typeof value !== 'string') throw new TypeError(`A vector has no text ${field}.`)
  return value
}

/** The vectors in `file`; skips the test, with the reason, where there are none. */
export function readVectors(file: string, context: TestContext): Vector[] {
  const path = join(FOLDER, file)
  if (!existsSync(path)) return context.skip(`no ${file}: name its folder in NOMYO_WYCHEPROOF`)
  const { testGroups } = JSON.parse(readFileSync(path, 'utf8')) as {
    testGroups: ({ tests: Fields[] } & Fields)[]
  }
  return testGroups.flatMap(({ tests, ...group }) => tests.map((fields) => new Vector(fields, group)))
}

/** Has the counts printed at the end of the run. */
export async function report(file: string, counts: Counts, context: TestContext): Promise<void> {
  const { valid, invalid, refused } = counts
  const text = `${file}: ${valid} valid, ${invalid} invalid, ${refused} valid but refused by our rules`
  await context.annotate(text, 'count')
}
