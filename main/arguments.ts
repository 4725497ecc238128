import { parseArgs } from 'node:util'

export type ServiceArguments = { kind: 'valid'; args: string[] } | { kind: 'invalid'; why: string }

/**
 * The service's command line out of the shell's own: `--data FOLDER` (or `defaultData`), `--settings FILE`, `--simulate`.
 * Anything else is left alone, for Chromium reads its switches from the same line.
 */
export function serviceArguments(shell: readonly string[], defaultData: string): ServiceArguments {
  const { values } = parseArgs({
    args: [...shell],
    options: { data: { type: 'string' }, settings: { type: 'string' }, simulate: { type: 'boolean' } },
    strict: false,
    allowPositionals: true,
  })
  const { data = defaultData, settings, simulate } = values
  if (!isPath(data)) return { kind: 'invalid', why: '--data: expected a folder' }
  if (settings !== undefined && !isPath(settings)) return { kind: 'invalid', why: '--settings: expected a file' }
  if (typeof simulate === 'string') return { kind: 'invalid', why: '--simulate: expected no value' }
  const args = ['--data', data]
  if (settings !== undefined) args.push('--settings', settings)
  if (simulate === true) args.push('--simulate')
  return { kind: 'valid', args }
}

function isPath(value: string | boolean): value is string {
  return typeof value === 'string' && value !== '' && !value.startsWith('-')
}
