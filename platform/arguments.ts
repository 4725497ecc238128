import { parseArgs } from 'node:util'
import type { z } from 'zod'

/** A wrong call of the command line; its message says what was expected. */
export class UsageError extends Error {}

export const usage = `Usage: gate-platform <command>
  serve      --data DIR | --database postgres://… [--port N] [--host ADDRESS] [--url BASE]
  site add   --name … --kind KIND [--address …] [--json]
  enrolment  --site ID [--gate NAME] [--area …]
  visits     --site ID [--json]
  policy     --site ID [--file FILE]
  mint       --site ID --name … --born YYYY-MM-DD [--sex male|female] [--id DIGITS]
             [--expires DATE | --lifetime 120s] [--not-before DATE]
  mint       --site ID --opaque [--expires DATE | --lifetime 120s] [--not-before DATE]
  trust      --file FILE
  import     FILE --receipt OUT
  revoke     --site ID --code VNG1:… | --device ID [--purge]
  unrevoke   --device ID
  live       --site ID [--follow] [--json]
  trace      --site ID --subject HASH | --document NUMBER | --insurance NUMBER | --area NAME
             [--from DATE] [--to DATE] [--json]
  statistics --site ID --by hour|gate|direction|kind|locality [--from DATE] [--to DATE] [--json]
  devices    --site ID [--json]
  drop-days  --before DATE
All but serve speak to the running server: the last started one, or that of --data DIR, or to --database postgres://…`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const where = { data: text, database: text }

const options = {
  serve: { ...where, port: text, host: text, url: text },
  'site add': { ...where, name: text, kind: text, address: text, json: flag },
  enrolment: { ...where, site: text, gate: text, area: text },
  visits: { ...where, site: text, json: flag },
  policy: { ...where, site: text, file: text },
  mint: {
    ...{ ...where, site: text, name: text, born: text, sex: text, id: text },
    ...{ expires: text, lifetime: text, 'not-before': text, opaque: flag },
  },
  trust: { ...where, file: text },
  import: { ...where, file: text, receipt: text },
  revoke: { ...where, site: text, code: text, device: text, purge: flag },
  unrevoke: { ...where, device: text },
  live: { ...where, site: text, follow: flag, json: flag },
  trace: {
    ...{ ...where, site: text, subject: text, document: text, insurance: text, area: text },
    ...{ from: text, to: text, json: flag },
  },
  statistics: { ...where, site: text, by: text, from: text, to: text, json: flag },
  devices: { ...where, site: text, json: flag },
  'drop-days': { ...where, before: text },
}

export type CommandName = keyof typeof options
export type Values = Record<string, string | boolean | undefined>

/** Throws UsageError. */
export function parseCommand(args: string[]): { name: CommandName; values: Values } {
  const words = args[0] === 'site' ? 2 : 1
  const name = args.slice(0, words).join(' ')
  if (!isCommand(name)) throw new UsageError(`expected a command, got ${name === '' ? 'none' : `"${name}"`}\n${usage}`)
  return { name, values: parseOptions(args.slice(words), options[name]) }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(options, name)
}

function parseOptions(args: string[], known: Record<string, typeof text | typeof flag>): Values {
  try {
    const { values, positionals } = parseArgs({ args, options: known, strict: true, allowPositionals: 'file' in known })
    const [file, ...more] = positionals
    if (more.length > 0) throw new UsageError('expected one file')
    return { ...values, ...(file === undefined ? {} : { file }) }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** The values as `shape` wants them. Throws UsageError. */
export function checked<T>(shape: z.ZodType<T>, values: Values): T {
  const { data: _data, database: _database, json: _json, ...input } = values
  const parsed = shape.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const option = issue?.path.join('.') ?? ''
  if (option !== '' && input[option] === undefined) throw new UsageError(`--${option} is missing`)
  throw new UsageError(`${option === '' ? '' : `--${option}: `}${issue?.message}`)
}
