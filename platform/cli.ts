#!/usr/bin/env node
import { pino } from 'pino'
import { z } from 'zod'
import { addEnrolment, addSite, type Command, listVisits, mint, revokeCode, revokeDevice } from './admin.ts'
import { type CommandName, checked, parseCommand, UsageError, usage, type Values } from './arguments.ts'
import { connect, type Operator } from './ask.ts'
import { print, printJson, printTable } from './print.ts'
import { serve } from './serve.ts'
import { type Listed, pageSize } from './visits.ts'

const stopMs = 1500

const ServeInput = z.object({
  port: z.coerce.number('expected a port').int('expected a port').min(0).max(65_535).default(0),
  host: z.string().min(1).default('127.0.0.1'),
  url: z
    .url({ protocol: /^https?$/, error: 'expected https://… or http://…' })
    .refine(
      (url) => URL.canParse(url) && new URL(url).href === `${new URL(url).origin}/`,
      'expected no path after the host',
    )
    .transform((url) => new URL(url).origin)
    .optional(),
})

async function startServer(values: Values) {
  const { data, database } = values
  if ((data === undefined) === (database === undefined)) throw new UsageError('expected one of --data and --database')
  const storage =
    typeof data === 'string'
      ? { kind: 'data' as const, dir: data }
      : { kind: 'database' as const, url: String(database) }
  process.umask(0o077)
  const log = pino(pino.destination({ dest: 2, sync: true }))
  const hadParent = process.connected
  const server = await serve({ storage, ...checked(ServeInput, values) }, log)
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), stopMs).unref()
    void server.close().then(() => process.exit(0))
  }
  // Started by another program of ours, the platform does not outlive it.
  process.once('SIGTERM', stop).once('SIGINT', stop).once('disconnect', stop)
  // It may have gone while the database was being made.
  if (hadParent && !process.connected) return stop()
  await print(`${JSON.stringify({ ready: true, url: server.url, pid: process.pid })}\n`)
}

async function ask<I, O>(values: Values, command: Command<I, O>): Promise<O> {
  const input = checked(command.input, values)
  const operator = await connect(values)
  try {
    return await done(operator, command, input)
  } finally {
    await operator.close()
  }
}

async function done<I, O>(operator: Operator, command: Command<I, O>, input: I): Promise<O> {
  const answer = await operator.ask(command, input)
  if (answer.kind === 'refused') throw new Error(answer.why)
  return answer.value
}

async function printVisits(values: Values) {
  const { site } = checked(listVisits.input, values)
  const operator = await connect(values)
  try {
    const pages = visitPages(operator, site)
    await (values['json'] === true ? printJson(pages) : printTable(pages))
  } finally {
    await operator.close()
  }
}

async function* visitPages(operator: Operator, site: string): AsyncGenerator<Listed[]> {
  let page = await done(operator, listVisits, { site })
  yield page
  for (let last = page.at(-1); page.length === pageSize && last !== undefined; last = page.at(-1)) {
    const { device, log, seq } = last
    page = await done(operator, listVisits, { site, after: { device, log, seq } })
    yield page
  }
}

async function run(name: CommandName, values: Values): Promise<void> {
  switch (name) {
    case 'serve':
      return startServer(values)
    case 'site add': {
      const site = await ask(values, addSite)
      return print(`${values['json'] === true ? JSON.stringify(site) : site.id}\n`)
    }
    case 'enrolment':
      return print(`${(await ask(values, addEnrolment)).code}\n`)
    case 'visits':
      return printVisits(values)
    case 'mint':
      return print(`${(await ask(values, mint)).code}\n`)
    case 'revoke': {
      const { revoked } =
        values['device'] === undefined ? await ask(values, revokeCode) : await ask(values, revokeDevice)
      return print(`revoked ${revoked}\n`)
    }
  }
}

function explain(error: unknown): string {
  // A refused connection to a name with several addresses: an AggregateError without a message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(explain).join('; ')
  return error instanceof Error ? error.message : String(error)
}

// The reader of a long list may leave early (`| head`).
process.stdout.on('error', () => process.exit(0))

const args = process.argv.slice(2)
if (args.includes('--help')) {
  await print(`${usage}\n`)
} else {
  try {
    const { name, values } = parseCommand(args)
    await run(name, values)
  } catch (error) {
    process.stderr.write(`gate-platform: ${explain(error)}\n`)
    process.exit(error instanceof UsageError ? 2 : 1)
  }
}
