#!/usr/bin/env node
import { pino } from 'pino'
import { z } from 'zod'
import { addEnrolment, addSite, listVisits } from './admin.ts'
import { type CommandName, checked, parseCommand, UsageError, usage, type Values } from './arguments.ts'
import { ask, askWith, connect, done, type Operator } from './ask.ts'
import { dropDays } from './days.ts'
import { importBatch } from './import.ts'
import { importFile } from './import-file.ts'
import { readJsonFile } from './json-file.ts'
import { mint } from './mint.ts'
import { print, printJson, printTable } from './print.ts'
import { printDevices, printLive, printStatistics, printTrace } from './questions.ts'
import { revokeCode, revokeDevice, unrevokeDevice } from './revoke.ts'
import { serve } from './serve.ts'
import { SitePolicy, sitePolicy } from './site-policy.ts'
import { signTrust } from './trust.ts'
import { TrustList } from './trust-list.ts'
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

async function setPolicy({ file, ...values }: Values) {
  const members = typeof file === 'string' ? readJsonFile(file, SitePolicy) : undefined
  const input = { ...checked(sitePolicy.input, values), members }
  return print(`${JSON.stringify(await askWith(values, sitePolicy, input), null, 2)}\n`)
}

async function printTrust({ file, ...values }: Values) {
  if (typeof file !== 'string') throw new UsageError('--file is missing')
  const keys = readJsonFile(file, TrustList)
  return print(`${(await askWith(values, signTrust, { keys })).bundle}\n`)
}

async function importVisits({ file, receipt, ...values }: Values) {
  if (typeof file !== 'string') throw new UsageError('expected a file')
  if (typeof receipt !== 'string') throw new UsageError('--receipt is missing')
  const operator = await connect(values)
  try {
    const { device, visits } = await importFile(file, receipt, (line) => done(operator, importBatch, line))
    await print(`${visits} visits of ${device}; the gate's receipt is in ${receipt}\n`)
  } finally {
    await operator.close()
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
    case 'policy':
      return setPolicy(values)
    case 'trust':
      return printTrust(values)
    case 'import':
      return importVisits(values)
    case 'live':
      return printLive(values)
    case 'trace':
      return printTrace(values)
    case 'statistics':
      return printStatistics(values)
    case 'devices':
      return printDevices(values)
    case 'drop-days':
      return print((await ask(values, dropDays)).dropped.map((day) => `dropped ${day}\n`).join(''))
    case 'revoke': {
      const { revoked } =
        values['device'] === undefined ? await ask(values, revokeCode) : await ask(values, revokeDevice)
      return print(`revoked ${revoked}\n`)
    }
    case 'unrevoke':
      return print(`unrevoked ${(await ask(values, unrevokeDevice)).unrevoked}\n`)
  }
}

function explain(error: unknown): string {
  // A refused connection to a name with several addresses: an AggregateError without a message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(explain).join('; ')
  return error instanceof Error ? error.message : String(error)
}

// The reader of a long list may leave early (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`gate-platform: the output cannot be written: ${error.message}\n`)
  process.exit(1)
})

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
