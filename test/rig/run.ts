import { hidPos } from './hid-pos.ts'
import { type Image, image } from './image.ts'
import { Machine, machineFolder } from './machine.ts'
import { powerCut } from './power-cut.ts'
import { provide } from './provide.ts'
import { relays } from './relays.ts'
import { replug } from './replug.ts'
import { passed, type Row, toTable } from './row.ts'
import { wedge } from './wedge.ts'

/** `npm run test:rig [-- --short]`: prints the table; exit code 1 where a case failed. */
const isShort = process.argv.includes('--short')
const seed = Date.now() % 1_000_000

async function devices(built: Image): Promise<Row[]> {
  const machine = await Machine.boot(built, machineFolder())
  try {
    return [
      await replug(machine, isShort ? 5 : 100, seed),
      await hidPos(machine, isShort ? 1 : 5),
      await wedge(machine, isShort ? 2 : 20),
      ...(await relays(machine, isShort ? 1 : 20)),
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

process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
const why = provide()
if (why === null) process.exitCode = await run()
else {
  process.stderr.write(`${why}\n`)
  process.exitCode = 1
}
