import { isOnPath, provide } from '../support/provide.ts'
import { hidPos } from './hid-pos.ts'
import { type Image, image } from './image.ts'
import { Machine, machineFolder } from './machine.ts'
import { powerCut } from './power-cut.ts'
import { relays } from './relays.ts'
import { acmScanner, ftdiScanner, replug } from './replug.ts'
import { passed, type Row, toTable } from './row.ts'
import { signals } from './signals.ts'
import { uinputTypist, usbTypist, wedge } from './wedge.ts'

/**
 * `npm run test:rig [-- --short] [--optional]`: prints the table; exit code 1 where a case failed. With `--optional` a
 * machine that cannot run it says so in one line, and that is no failure.
 */
const isShort = process.argv.includes('--short')
const isOptional = process.argv.includes('--optional')
const seed = Date.now() % 1_000_000

async function devices(built: Image): Promise<Row[]> {
  const machine = await Machine.boot(built, machineFolder())
  try {
    await machine.addDrivers()
    return [
      await replug(machine, ftdiScanner(machine), isShort ? 4 : 100, seed),
      await replug(machine, await acmScanner(machine), isShort ? 2 : 20, seed),
      await hidPos(machine, isShort ? 1 : 5),
      await signals(machine, isShort ? 2 : 10),
      await wedge(machine, await usbTypist(machine), isShort ? 1 : 10),
      await wedge(machine, await uinputTypist(machine), isShort ? 1 : 20),
      ...(await relays(machine, isShort ? 3 : 20)),
    ]
  } finally {
    await machine.cut()
  }
}

async function run(): Promise<number> {
  const built = await image()
  const begun = performance.now()
  // Two machines, one for each of two cores.
  const cuts = powerCut(built, machineFolder(), isShort ? 2 : 20, seed)
  const [first, last] = await Promise.all([devices(built), cuts])
  const rows = [...first, last]
  const seconds = Math.round((performance.now() - begun) / 1000)
  const date = new Date().toISOString().slice(0, 10)
  process.stdout.write(`${toTable(rows)}\n\n${date}, seed ${seed}, ${seconds} s\n`)
  return rows.every(passed) ? 0 : 1
}

/** Null: the rig can run here. */
function obstacle(): string | null {
  const why = provide([
    { package: 'qemu-system-x86', isPresent: () => isOnPath('qemu-system-x86_64') },
    { package: 'debootstrap', isPresent: () => isOnPath('debootstrap') },
    { package: 'e2fsprogs', isPresent: () => isOnPath('mke2fs') },
  ])
  return why ?? (process.getuid?.() === 0 ? null : 'its image is built with debootstrap, by root alone')
}

process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
const why = obstacle()
if (why === null) process.exitCode = await run()
else {
  process.stdout.write(`${isOptional ? 'skipped: the rig' : 'The rig'} cannot run here: ${why}\n`)
  process.exitCode = isOptional ? 0 : 1
}
