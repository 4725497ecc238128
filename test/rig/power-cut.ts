import { setTimeout as pause } from 'node:timers/promises'
import { Random } from '../fuzz/random.ts'
import { cccdOf } from '../support/people.ts'
import { Gate, type Reader } from './gate.ts'
import type { Image } from './image.ts'
import { Machine } from './machine.ts'
import type { Reply } from './protocol.ts'
import type { Row } from './row.ts'
import { SerialDevice } from './serial-device.ts'
import { type Kept, VolatileDisk } from './volatile-disk.ts'

const data = '/data/gate'
const reader: Reader = { id: 'r1', driver: 'serial', path: '*' }
const greenWithinMs = 60_000
const mostGreens = 8
const longestDelayMs = 300
const provingCuts = 10
const peopleEach = 10_000
const keeps: readonly [Kept, ...Kept[]] = ['nothing', 'some', 'all']

/**
 * The machine loses its power while codes stream in. Its disk then holds what was flushed, and of the rest nothing, a
 * random part, or all. `tries`: visits that were shown as let in; `lost`: those that the log lacks at the end.
 */
export async function powerCut(image: Image, dir: string, times: number, seed: number): Promise<Row> {
  const random = new Random(seed)
  const disk = new VolatileDisk(dir)
  const green = new Map<string, number>()
  let [note, lostSectors] = ['ok', 0]
  for (let cut = 0; cut < times && note === 'ok'; cut++) {
    const machine = await Machine.boot(image, dir, disk.attach())
    note = await live(machine, cut, random, green)
    lostSectors += disk.cut(keeps[cut % keeps.length] ?? 'nothing', () => random.below(2 ** 20) / 2 ** 20)
  }
  const stored = note === 'ok' ? await storedAtTheEnd(await Machine.boot(image, dir, disk.attach())) : note
  if (typeof stored === 'string') note = stored
  // A few cuts may all fall between two writes; many that take nothing away would prove nothing.
  else if (lostSectors === 0 && times >= provingCuts) note = 'no cut took anything away'
  const name = `${times} power cuts in a stream of scans; ${lostSectors} sectors not flushed and lost`
  const kept = [...green].filter(([id, seq]) => typeof stored !== 'string' && stored.get(id) === seq).length
  return { name, tries: green.size, readOnce: kept, lost: green.size - kept, doubled: 0, note }
}

/** From a boot to the cut; `ok`, or what went wrong. Adds to `green` what was shown. */
async function live(machine: Machine, cut: number, random: Random, green: Map<string, number>): Promise<string> {
  try {
    // Of the files as ext4 gave them back, before a service has opened them.
    const sound = cut === 0 ? 'ok' : told(await machine.gateKiosk('verify', data))
    if (sound !== 'ok') return `before cut ${cut + 1}: ${sound}`
    const gate = await Gate.start(machine, data, { readers: [reader] })
    if (gate === null) return `before cut ${cut + 1}: the service did not start`
    const enough = 1 + random.below(mostGreens)
    const scanning = scan(machine, cut * peopleEach)
    const wereShown = await gate.until(() => gate.shown.length >= enough, greenWithinMs)
    await pause(random.below(longestDelayMs))
    await machine.cut()
    await scanning
    for (const { visit } of gate.shown) green.set(visit.id, visit.seq)
    return wereShown ? 'ok' : `before cut ${cut + 1}: only ${gate.shown.length} of ${enough} codes were answered`
  } finally {
    await machine.cut()
  }
}

/** The number of every visit by its id, or what is wrong with the log. */
async function storedAtTheEnd(machine: Machine): Promise<Map<string, number> | string> {
  try {
    const program = { program: 'node', args: ['service/cli.ts', 'verify', '--data', data] }
    const sound = told(await machine.ask({ kind: 'run', ...program }))
    if (sound !== 'ok') return `at the end: ${sound}`
    const { stdout } = await machine.gateKiosk('visits', data, '--json')
    return new Map((JSON.parse(stdout) as { id: string; seq: number }[]).map(({ id, seq }) => [id, seq]))
  } finally {
    await machine.cut()
  }
}

/** Shows one person after another until the power is gone. */
async function scan(machine: Machine, firstPerson: number): Promise<void> {
  const scanner = await SerialDevice.plug(machine, 1, 'RIG-1')
  for (let person = firstPerson; await scanner.send(`${cccdOf(person)}\r`); person++);
}

/** `ok`, or what the check of a log says. */
function told({ status, stdout, stderr }: Reply<'run'>): string {
  return status === 0 ? 'ok' : `gate-kiosk verify: ${stdout}${stderr}`.trim()
}
