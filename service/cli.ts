#!/usr/bin/env node
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { backUp } from './commands/backup.ts'
import { classify } from './commands/classify.ts'
import { UsageError } from './commands/data-folder.ts'
import { showDevices } from './commands/devices.ts'
import { examine } from './commands/doctor.ts'
import { enrolGate } from './commands/enrol.ts'
import { exportVisits } from './commands/export.ts'
import { takeReceipt } from './commands/receipt.ts'
import { restoreBackup } from './commands/restore.ts'
import { showTestCodes } from './commands/roles.ts'
import { serve } from './commands/serve.ts'
import { trustKeys } from './commands/trust.ts'
import { listVisits, verifyLog } from './commands/visits.ts'

const usage = `usage:
  gate-kiosk serve --data DIR [--settings FILE] [--port N] [--no-ui] [--simulate]
  gate-kiosk enrol --data DIR "gate-enrol:…" [--name NAME]
  gate-kiosk visits --data DIR [--json]
  gate-kiosk verify --data DIR
  gate-kiosk export --data DIR --format csv|xlsx [--from DATE] [--to DATE] [--refused] [--language vi|en] FILE
  gate-kiosk export --data DIR --format hand-over FILE
  gate-kiosk receipt --data DIR FILE
  gate-kiosk backup --data DIR FILE
  gate-kiosk restore --data DIR FILE
  gate-kiosk trust --data DIR [FILE]
  gate-kiosk classify [--site DIR] < CODES
  gate-kiosk devices [--data DIR] [--settings FILE] [--json]
  gate-kiosk roles --data DIR --settings FILE [--page FILE]
  gate-kiosk doctor [--data DIR] [--settings FILE]`

const options = { data: { type: 'string' } } as const
const settings = { type: 'string' } as const
const json = { type: 'boolean', default: false } as const
const table = {
  format: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  refused: { type: 'boolean', default: false },
  language: { type: 'string', default: 'vi' },
} as const
const hosting = {
  port: { type: 'string', default: '0' },
  'no-ui': { type: 'boolean', default: false },
  simulate: { type: 'boolean', default: false },
} as const

const onFile = { receipt: takeReceipt, backup: backUp, restore: restoreBackup, trust: trustKeys }

/** Settles with the exit code; `serve` settles when it was stopped. */
function run([command, ...rest]: string[]): Promise<number> | number {
  switch (command) {
    case 'serve':
      return serve(parseArgs({ args: rest, options: { ...options, settings, ...hosting } }).values)
    case 'enrol':
      return enrolGate(...withFiles(rest, { ...options, name: { type: 'string', default: 'Cổng' } }))
    case 'visits':
      return listVisits(parseArgs({ args: rest, options: { ...options, json } }).values)
    case 'verify':
      return verifyLog(parseArgs({ args: rest, options }).values)
    case 'export':
      return exportVisits(...withFiles(rest, { ...options, ...table }))
    case 'receipt':
    case 'backup':
    case 'restore':
    case 'trust':
      return onFile[command](...withFiles(rest, options))
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

/** The options, and what stands beside them. */
function withFiles<Known extends NonNullable<ParseArgsConfig['options']>>(args: string[], known: Known) {
  const { values, positionals } = parseArgs({ args, options: known, allowPositionals: true })
  return [values, positionals] as const
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
