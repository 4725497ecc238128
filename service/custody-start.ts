import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { syncFolder, writeAtomically } from './atomic-file.ts'
import { isSealed, type Vault } from './custody.ts'
import { enrolmentName, readIfThere, subjectKeyName } from './secrets.ts'

/** `error`: a person has to do something. */
export type Noted = { readonly level: 'info' | 'error'; readonly what: string }

const infix = '.unreadable-'

/** A key that comes and goes must not fill the disk. */
const maxSetAside = 10

/**
 * Brings the secrets of a data folder into the custody of this vault, for its one service, before it reads them. What was
 * not sealed is sealed. What no key here opens is set aside, so that the gate goes on without it, and comes back at the
 * first start with the right key unless something took its place. Never throws: without custody a gate works all the same.
 */
export function takeCustody(dir: string, vault: Vault): Noted[] {
  const faults: Noted[] = vault.fault === null ? [] : [{ level: 'error', what: vault.fault }]
  const noted = [enrolmentName, subjectKeyName].flatMap((name) => {
    try {
      return settle(dir, name, vault)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return [{ level: 'error', what: `${join(dir, name)} cannot be taken into custody: ${why}` } as const]
    }
  })
  return [...faults, ...noted]
}

/** The names of the files that could not be opened, oldest first, of all in a folder. */
export function unreadable(names: readonly string[]): string[] {
  return names
    .filter((name) => [enrolmentName, subjectKeyName].some((of) => name.startsWith(`${of}${infix}`)))
    .toSorted()
}

function settle(dir: string, name: string, vault: Vault): Noted[] {
  const path = join(dir, name)
  const text = readIfThere(path)
  if (text === null) return bringBack(dir, name, vault)
  const secret = vault.open(name, text)
  if (secret === null) return setAside(dir, name)
  const waiting = asides(dir, name).map((aside) => waits(join(dir, aside)))
  if (isSealed(text) || vault.backend === 'file') return waiting
  writeAtomically(path, vault.seal(name, secret))
  return [{ level: 'info', what: `${path} is sealed now: ${vault.backend}` }, ...waiting]
}

function setAside(dir: string, name: string): Noted[] {
  const aside = `${name}${infix}${new Date().toISOString().replaceAll(':', '-')}`
  rename(dir, name, aside)
  for (const old of asides(dir, name).slice(0, -maxSetAside)) rmSync(join(dir, old))
  return [waits(join(dir, aside))]
}

/** The newest of those that were set aside and can be opened again. */
function bringBack(dir: string, name: string, vault: Vault): Noted[] {
  const kept = asides(dir, name)
  const back = kept.findLast((aside) => {
    const text = readIfThere(join(dir, aside))
    return text !== null && vault.open(name, text) !== null
  })
  if (back === undefined) return kept.map((aside) => waits(join(dir, aside)))
  rename(dir, back, name)
  return [{ level: 'info', what: `${join(dir, back)} can be opened again: it is ${name} again` }]
}

function waits(path: string): Noted {
  return {
    level: 'error',
    what: `${path} cannot be opened under the key that this gate has: start it with the key that sealed the file`,
  }
}

function asides(dir: string, name: string): string[] {
  return unreadable(readdirSync(dir)).filter((aside) => aside.startsWith(`${name}${infix}`))
}

function rename(dir: string, from: string, to: string) {
  renameSync(join(dir, from), join(dir, to))
  syncFolder(dir)
}
