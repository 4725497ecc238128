import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { firstPrev } from '../../sync/digest.ts'
import type { Enrolment } from '../../sync/enrolment.ts'
import { FiledReceipt } from '../../sync/hand-over.ts'
import type { SigningJwk } from '../../sync/protocol.ts'
import { openSigned } from '../../sync/signature.ts'
import type { Outbox } from '../../sync/uploader.ts'
import { writeAtomically } from '../atomic-file.ts'
import { readIfThere } from '../secrets.ts'
import { isStorageFault } from '../store/fault.ts'

/** A receipt for every batch of several million visits. */
const maxBytes = 32 * 1024 * 1024

/** What a receipt is compared with. Of several logs the last one is in use; the others take no visits any more. */
export type ReceiptLog = Pick<Outbox, 'log' | 'last' | 'hashOf'>

/** For each log its last receipt, with what any of its receipts rejects. */
export type Receipts = { readonly kind: 'good'; readonly receipts: readonly FiledReceipt[] } | Refused
type Refused = { readonly kind: 'refused'; readonly why: string }

/** Reads a file that came from the platform; takes all of it, or nothing. */
export async function readReceipts(file: string, enrolment: Enrolment, logs: readonly ReceiptLog[]): Promise<Receipts> {
  try {
    const { size } = statSync(file)
    if (size > maxBytes) return refused(`${file} has ${size} bytes, expected at most ${maxBytes}`)
    return await openReceipts(readFileSync(file, 'utf8'), enrolment, logs)
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return refused(`${file} cannot be read: ${error.message}`)
  }
}

async function openReceipts(
  text: string,
  { deviceId, signingKey }: Enrolment,
  logs: readonly ReceiptLog[],
): Promise<Receipts> {
  const byLog = new Map<string, FiledReceipt>()
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    const receipt = await openReceipt(line, signingKey)
    const why = typeof receipt === 'string' ? receipt : faultOf(receipt, deviceId, logs)
    if (why !== null) return refused(`line ${index + 1}: ${why}`)
    if (typeof receipt === 'string') continue
    const rejected = [...(byLog.get(receipt.log)?.rejected ?? []), ...receipt.rejected]
    byLog.set(receipt.log, { ...receipt, rejected })
  }
  return { kind: 'good', receipts: [...byLog.values()] }
}

async function openReceipt(jws: string, signingKey: SigningJwk): Promise<FiledReceipt | string> {
  const opened = await openSigned(jws, signingKey, FiledReceipt)
  switch (opened.kind) {
    case 'good':
      return opened.value
    case 'unsigned':
      return 'expected a receipt signed by the platform of this gate'
    case 'misshapen':
      return `expected a receipt: ${opened.why}`
  }
}

function faultOf({ device, log, acked, hash }: FiledReceipt, own: string, logs: readonly ReceiptLog[]): string | null {
  if (device !== own) return `it is for ${device}, and this gate is ${own}`
  const held = logs.find((candidate) => candidate.log === log)
  if (held === undefined) return `it is for a log that is not in this folder: ${log}`
  if ((acked === 0 ? firstPrev : held.hashOf(acked)) === hash) return null
  // The gate went on after a backup was made of it: the platform compared what the two have in common.
  if (held !== logs.at(-1) && acked > held.last()) return null
  return `the platform holds a different visit ${acked}: somebody has to look before anything is sent`
}

const waiting = (dir: string) => join(dir, 'receipts.jws')
const taken = (dir: string) => join(dir, 'receipts.taken')

/**
 * Leaves the file for the service of this folder, the only one that writes the database. What waits there already is left
 * before it: to take a receipt twice changes nothing.
 */
export function leaveReceipts(dir: string, file: string): void {
  writeAtomically(waiting(dir), `${readIfThere(waiting(dir)) ?? ''}${readFileSync(file, 'utf8').trimEnd()}\n`)
}

export type Taken =
  | { readonly kind: 'none' }
  /** `at`: the time at the platform when it made the last one. */
  | { readonly kind: 'taken'; readonly at: Date }
  | Refused

/** Takes what was left for the service, if anything. What cannot be stored now stays there for the next time. */
export async function takeReceipts(dir: string, enrolment: Enrolment, outboxes: readonly Outbox[]): Promise<Taken> {
  try {
    // Under another name nobody adds to it any more.
    if (!existsSync(taken(dir))) {
      if (!existsSync(waiting(dir))) return { kind: 'none' }
      renameSync(waiting(dir), taken(dir))
    }
    const read = await readReceipts(taken(dir), enrolment, outboxes)
    if (read.kind === 'good' && !acknowledge(read.receipts, outboxes)) return refused('the receipts cannot be stored')
    rmSync(taken(dir))
    return read.kind === 'good' ? { kind: 'taken', at: latest(read.receipts) } : read
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return refused(`the receipts cannot be taken: ${error.message}`)
  }
}

/** False: not all of it could be stored. */
function acknowledge(receipts: readonly FiledReceipt[], outboxes: readonly Outbox[]): boolean {
  return receipts.every(({ log, acked, rejected }) => {
    const outbox = outboxes.find((candidate) => candidate.log === log)
    return outbox === undefined || outbox.acknowledge(Math.min(acked, outbox.last()), rejected)
  })
}

function latest(receipts: readonly FiledReceipt[]): Date {
  return new Date(Math.max(0, ...receipts.map(({ at }) => Date.parse(at))))
}

function refused(why: string): Refused {
  return { kind: 'refused', why }
}
