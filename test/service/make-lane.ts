import { pino } from 'pino'
import { onTestFinished, vi } from 'vitest'
import { type LaneSettings, Settings } from '../../contract/settings.ts'
import type { Screen } from '../../contract/state.ts'
import type { OutputSignal } from '../../drivers/outputs/driver.ts'
import { Lane, type LaneContext } from '../../service/lane.ts'
import { builtInSite, type Site } from '../../service/site.ts'
import type { Stored, VisitDraft } from '../../service/store/row.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { tempFolder } from '../support/folder.ts'
import { openDatabase } from './store/drafts.ts'

type Parts = {
  dir?: string
  direction?: LaneSettings['direction']
  site?: Partial<Site>
  enrol?: LaneContext['enrol']
}

const readers = [
  { id: 'usb', driver: 'serial', path: '/dev/ttyACM0' },
  { id: 'demo', driver: 'simulator', codes: ['x'] },
]

/** A lane on a real store, everything that its screen showed, and everything that it logged. Its gate has a platform. */
export function makeLane({ dir = tempFolder(), direction = 'in', site = {}, enrol = () => null }: Parts = {}) {
  const { store, db } = openDatabase(dir)
  const settings = Settings.parse({ lanes: [{ id: 'lane-1', name: 'Cổng 1', direction, readers }] }).lanes[0]
  if (settings === undefined) throw new Error('expected one lane')
  const screens: Screen[] = []
  const stored: Stored<VisitDraft>[] = []
  const faults: Error[] = []
  const lines: string[] = []
  const signals: OutputSignal[] = []
  const lane = new Lane(settings, {
    visits: store.visits,
    clock: new PlatformClock(),
    log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
    site: () => ({ ...builtInSite(new Uint8Array(32)), ...site }),
    enrol,
    changed: () => screens.push(lane.state.screen),
    stored: (visit) => stored.push(visit),
    cannotStore: (error) => faults.push(error),
    outputs: { signal: (signal) => void signals.push(signal), states: () => [] },
  })
  onTestFinished(() => lane.stop())
  lane.readerState('usb', { kind: 'open' })
  const read = (code: string, reader = 'usb') => lane.read(reader, Buffer.from(code))
  /** Makes every write fail, as a disk that broke. */
  const refuseWrites = (refuse: boolean) => void db.pragma(`query_only = ${refuse ? 1 : 0}`)
  const firstRow = (): unknown => db.prepare('SELECT * FROM visits').get()
  return { lane, read, store, dir, screens, stored, faults, signals, lines, refuseWrites, firstRow }
}

export const outcomes = (screens: readonly Screen[]) =>
  screens.map((screen) => (screen.kind === 'verdict' ? screen.verdict.outcome : screen.kind))

/** Fakes the time that the lane goes by. */
export function fakeTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
  onTestFinished(() => void vi.useRealTimers())
}
