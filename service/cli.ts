#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { classify } from './commands/classify.ts'
import { UsageError } from './commands/data-folder.ts'
import { showDevices } from './commands/devices.ts'
import { examine } from './commands/doctor.ts'
import { enrolGate } from './commands/enrol.ts'
import { showTestCodes } from './commands/roles.ts'
import { serve } from './commands/serve.ts'
import { trustKeys } from './commands/trust.ts'
import { listVisits, verifyLog } from './commands/visits.ts'

const usage = `usage:
  gate-kiosk serve --data DIR [--settings FILE] [--port N] [--no-ui] [--simulate]
  gate-kiosk enrol --data DIR "gate-enrol:…" [--name NAME]
  gate-kiosk visits --data DIR [--json]
  gate-kiosk verify --data DIR
  gate-kiosk trust --data DIR [FILE]
  gate-kiosk classify [--site DIR] < CODES
  gate-kiosk devices [--data DIR] [--settings FILE] [--json]
  gate-kiosk roles --data DIR --settings FILE [--page FILE]
  gate-kiosk doctor [--data DIR] [--settings FILE]`

const options = { data: { type: 'string' } } as const
const settings = { type: 'string' } as const
const json = { type: 'boolean', default: false } as const
const hosting = {
  port: { type: 'string', default: '0' },
  'no-ui': { type: 'boolean', default: false },
  simulate: { type: 'boolean', default: false },
} as const

/** Settles with the exit code; `serve` settles when it was stopped. */
function run([command, ...rest]: string[]): Promise<number> | number {
  switch (command) {
    case 'serve':
      return serve(parseArgs({ args: rest, options: { ...options, settings, ...hosting } }).values)
    case 'enrol': {
      const { values, positionals } = parseArgs({
        args: rest,
        options: { ...options, name: { type: 'string', default: 'Cổng' } },
        allowPositionals: true,
      })
      return enrolGate(values, positionals)
    }
    case 'visits':
      return listVisits(parseArgs({ args: rest, options: { ...options, json } }).values)
    case 'verify':
      return verifyLog(parseArgs({ args: rest, options }).values)
    case 'trust': {
      const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true })
      return trustKeys(values, positionals)
    }
    case 'classify':
      return classify(parseArgs({ args: rest, options: { site: { type: 'string' } } }).values)
    case 'devices':
      return showDevices(parseArgs({ args: rest, options: { ...options, settings, json } }).values)
    case 'roles':
      return showTestCodes(
        parseArgs({ args: rest, options: { ...options, settings, page: { type: 'string' } } }).values,
      )
    case 'doctor':
      return examine(parseArgs({ args: rest, options: { ...options, settings } }).values)
    case '--help':
      process.stdout.write(`${usage}\n`)
      return 0
    default:
      throw new UsageError(command === undefined ? 'expected a command' : `there is no command ${command}`)
  }
}

function isParseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

// Whoever reads the output may have had enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`gate-kiosk: the output cannot be written: ${error.message}\n`)
  process.exit(1)
})

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  // Everything else is a bug and stays one.
  if (!(error instanceof UsageError || isParseError(error))) throw error
  process.stderr.write(`gate-kiosk: ${error.message}\n${usage}\n`)
  process.exitCode = 2
}
