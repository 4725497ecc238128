import { z } from 'zod'
import type { Answer, Command, Platform } from './admin.ts'
import { type AdminFile, adminFileIn, lastAdminFile, readAdminFile } from './admin-file.ts'
import { checked, UsageError, type Values } from './arguments.ts'
import { loadKeys } from './keys.ts'
import { migrate } from './migrations.ts'
import { openPostgres } from './postgres.ts'

const timeoutMs = 60_000

/** Where the commands other than `serve` do their work. */
export interface Operator {
  ask<I, O>(command: Command<I, O>, input: I): Promise<Answer<O>>
  close(): Promise<void>
}

export async function connect({ data, database }: Values): Promise<Operator> {
  if (data !== undefined && database !== undefined) throw new UsageError('expected one of --data and --database')
  if (typeof database === 'string') return direct(database)
  const file = typeof data === 'string' ? adminFileIn(data) : lastAdminFile()
  const server = readAdminFile(file)
  if (server === null) {
    const hint = data === undefined ? 'start gate-platform serve, or pass --data or --database' : 'is serve running?'
    throw new Error(`no running platform found (${file}): ${hint}`)
  }
  return { ask: (command, input) => remote(server, command, input), close: async () => {} }
}

/** One command with the values of the command line. Throws where the platform refuses it. */
export function ask<I, O>(values: Values, command: Command<I, O>): Promise<O> {
  return askWith(values, command, checked(command.input, values))
}

/** One command with an input of its own. */
export async function askWith<I, O>(values: Values, command: Command<I, O>, input: I): Promise<O> {
  const operator = await connect(values)
  try {
    return await done(operator, command, input)
  } finally {
    await operator.close()
  }
}

export async function done<I, O>(operator: Operator, command: Command<I, O>, input: I): Promise<O> {
  const answer = await operator.ask(command, input)
  if (answer.kind === 'refused') throw new Error(answer.why)
  return answer.value
}

async function direct(url: string): Promise<Operator> {
  const database = openPostgres(url)
  await migrate(database)
  const platform: Platform = { database, keys: await loadKeys(database) }
  return { ask: (command, input) => command.run(platform, input), close: () => database.close() }
}

const Refused = z.object({ code: z.string(), detail: z.string().optional() })

async function remote<I, O>({ url, key }: AdminFile, command: Command<I, O>, input: I): Promise<Answer<O>> {
  const response = await post(`${url}/admin/${command.name}`, key, input)
  const body: unknown = await response.json()
  if (response.ok) return { kind: 'done', value: command.output.parse(body) }
  const { code, detail } = Refused.parse(body)
  return { kind: 'refused', why: detail ?? code }
}

async function post(url: string, key: string, input: unknown) {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (error) {
    throw new Error(`the platform does not answer at ${new URL(url).origin}: is serve running?`, { cause: error })
  }
}
