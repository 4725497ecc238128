import { parseArgs } from 'node:util'
import { startGate } from './gate.ts'
import { untilStopped } from './stop.ts'

/** `npm start`: a gate with its screen and the readers that are plugged in. */
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data/gate' },
    settings: { type: 'string' },
    simulate: { type: 'boolean' },
  },
})
const gate = await startGate(
  values,
  (line) => process.stdout.write(`${line}\n`),
  (line) => process.stderr.write(`${line}\n`),
)
if (gate === null) process.exit(1)
process.stdout.write(`Data      ${values.data}; Ctrl-C stops the gate\n`)
await untilStopped()
await gate.stop()
process.exit(0)
