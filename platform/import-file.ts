import { createReadStream, existsSync, writeFileSync } from 'node:fs'
import type { z } from 'zod'
import { HandOverHeader, HandOverLine } from '../sync/hand-over.ts'
import type { Imported } from './import.ts'

/** A batch of 1 MiB, in base64url, with its token. */
const maxLine = 2 * 1024 * 1024

type Line = HandOverLine & { device: string; file: string; line: number }

/**
 * Hands the lines of a hand-over file to the platform and writes what goes back to the gate; gives the number of visits
 * that are there now. Throws for a file of which nothing can be taken, or not everything.
 */
export async function importFile(
  file: string,
  out: string,
  take: (line: Line) => Promise<Imported>,
): Promise<{ device: string; visits: number }> {
  if (existsSync(out)) throw new Error(`${out} is there already: choose another name`)
  const { device } = await checkWhole(file)
  const [receipts, faults]: [string[], string[]] = [[], []]
  let visits = 0
  for await (const line of handOverLines(file)) {
    const taken = await take(line).catch((error: Error) => {
      throw new Error(`${file}: line ${line.line}: ${error.message}`, { cause: error })
    })
    if ('receipt' in taken) receipts.push(`${taken.receipt}\n`)
    if (taken.kind === 'stored') visits += taken.visits
    faults.push(...faultOf(taken))
  }
  // A full disk leaves no receipt that ends in the middle of a line: the gate refuses one.
  writeFileSync(out, receipts.join(''), { flag: 'wx', flush: true })
  const [fault] = faults
  if (fault !== undefined) throw new Error(`${fault}; what could be taken is in ${out}`)
  return { device, visits }
}

function faultOf(taken: Imported): string[] {
  switch (taken.kind) {
    case 'end':
    case 'stored':
      return []
    case 'gap':
      return [
        `visits from ${taken.expected} on are missing: take the receipt to the gate and have it hand over once more`,
      ]
    case 'fork':
      return [`the platform holds a different visit ${taken.seq} of log ${taken.log}: somebody has to look`]
  }
}

/** Before anything is taken: a file that lost its end would have to be brought again in any case. */
async function checkWhole(file: string): Promise<{ device: string }> {
  let last: Line | null = null
  for await (const line of handOverLines(file)) {
    if (last !== null && last.batch === undefined)
      throw new Error(`${file}: line ${line.line}: expected nothing after the end`)
    last = line
  }
  if (last === null || last.batch !== undefined)
    throw new Error(`${file} has lost its end: copy it from the gate again`)
  return last
}

/** The lines after the header. Throws for what is no hand-over file. */
async function* handOverLines(file: string): AsyncGenerator<Line> {
  let header: HandOverHeader | null = null
  let line = 0
  for await (const text of readLines(file)) {
    line++
    if (header === null) header = parse(text, HandOverHeader)
    else {
      const { device, file: id } = header
      const read = parse(text, HandOverLine)
      if (read === null) throw new Error(`${file}: line ${line}: expected a line of a hand-over file`)
      yield { ...read, device, file: id, line }
    }
    if (header === null) throw new Error(`${file}: expected a hand-over file of version 1`)
  }
}

function parse<T>(text: string, shape: z.ZodType<T>): T | null {
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** Never holds more than one line and one piece of the file. What follows the last line end is a line too. */
async function* readLines(file: string): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of createReadStream(file, 'utf8')) {
    const [first = '', ...others] = String(piece).split('\n')
    rest += first
    for (const next of others) {
      yield rest
      rest = next
    }
    if (rest.length > maxLine) throw new Error(`${file}: expected lines of at most ${maxLine} characters`)
  }
  if (rest !== '') yield rest
}
