import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { HeardTime } from './clock.ts'

/** Keeps the time in a file of its own, RFC 3339. One that cannot be read or written costs the gate nothing else. */
export function heardTimeIn(file: string): HeardTime {
  return {
    last() {
      try {
        const text = readFileSync(file, 'utf8')
        const at = new Date(text)
        return at.toISOString() === text ? at.getTime() : 0
      } catch {
        return 0
      }
    },
    keep(ms) {
      try {
        writeFileSync(`${file}.new`, new Date(ms).toISOString(), { mode: 0o600 })
        renameSync(`${file}.new`, file)
      } catch {
        // A full disk shows where a visit cannot be stored.
      }
    },
  }
}
