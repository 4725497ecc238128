import { sealedBy } from '../custody.ts'
import { unreadable } from '../custody-start.ts'
import { enrolmentName, subjectKeyName } from '../secrets.ts'
import { type Finding, good, note, quoted, wrong } from './finding.ts'
import type { System } from './system.ts'

/** Where the keys of the gate in `dir` are, told from the files: the key that sealed them is the service's alone. */
export function checkKeys(system: System, dir: string): Finding[] {
  const kept = [enrolmentName, subjectKeyName].flatMap((name) => {
    const path = `${dir}/${name}`
    const text = system.read(path)
    if (text === null) return []
    const backend = sealedBy(text)
    return [backend === null ? note(`${path} is not sealed: backend file, mode 0600`) : good(`${path}: ${backend}`)]
  })
  // Moved and not removed: the key may be found again.
  const lost = unreadable(system.list(dir)).map((name) => {
    const what = `${dir}/${name} cannot be opened: start the service with the key that sealed it; if that is lost, enrol a new data folder`
    return wrong(what, `mv ${quoted(`${dir}/${name}`)} ~/`)
  })
  return [...kept, ...lost]
}
