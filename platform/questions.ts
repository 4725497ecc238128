import { setTimeout as pause } from 'node:timers/promises'
import { checked, type Values } from './arguments.ts'
import { ask, connect, done } from './ask.ts'
import { devices } from './devices.ts'
import { type Live, live } from './live.ts'
import { line, print, printJson, printRows } from './print.ts'
import { statistics } from './statistics.ts'
import { type Trace, trace } from './trace.ts'

const followMs = 1000

/** The newest visits, the oldest of them first; with `--follow` those that come as well, until the command is ended. */
export async function printLive({ follow, ...values }: Values) {
  const input = checked(live.input, values)
  const operator = await connect(values)
  const print = values['json'] === true ? printLiveJson : printLiveLine
  try {
    let shown = new Set<string>()
    do {
      const newest = await done(operator, live, input)
      for (const visit of newest.toReversed()) if (!shown.has(visit.id)) await print(visit)
      shown = new Set(newest.map(({ id }) => id))
      if (follow === true) await pause(followMs)
    } while (follow === true)
  } finally {
    await operator.close()
  }
}

function printLiveJson(visit: Live) {
  return print(`${JSON.stringify(visit)}\n`)
}

function printLiveLine({ at, gate, direction, outcome, reason, kind, masked, simulated }: Live) {
  return print(
    line([at, gate, direction, outcome, reason, kind, `${masked?.name ?? ''}${simulated ? ' simulated' : ''}`]),
  )
}

export async function printTrace(values: Values) {
  const found = await ask(values, trace)
  if (values['json'] === true) return print(`${JSON.stringify(found)}\n`)
  await printRows(
    ['area', 'gate', 'in', 'out'],
    found.stays.map(({ area, gate, in: from, out }) => [area, gate, from, out ?? '']),
  )
  await print('\n')
  await printContacts(found)
  if (!found.complete) await print('… and more: ask for less time with --from and --to\n')
}

function printContacts({ contacts }: Trace) {
  return printRows(
    ['area', 'in', 'out', 'minutes', 'name', 'subject'],
    contacts.map(({ area, in: from, out, seconds, masked, subject }) => [
      ...[area, from, out ?? '', String(Math.ceil(seconds / 60)), masked.name ?? '', subject ?? ''],
    ]),
  )
}

export async function printStatistics(values: Values) {
  const counts = await ask(values, statistics)
  if (values['json'] === true) return printJson([counts])
  const rows = counts.map((count) => [
    count.value,
    ...[count.admitted, count.warned, count.denied, count.people].map(String),
  ])
  return printRows([String(values['by']), 'admitted', 'warned', 'denied', 'people'], rows)
}

export async function printDevices(values: Values) {
  const found = await ask(values, devices)
  if (values['json'] === true) return printJson([found])
  const rows = found.map((device) => [
    ...[device.id, device.gate, device.revokedAt === null ? '' : 'revoked', device.seenAt ?? 'never'],
    ...[device.waiting, device.policyVersion].map((count) => String(count ?? '')),
    device.software ?? '',
  ])
  return printRows(['device', 'gate', '', 'seen', 'waiting', 'policy', 'software'], rows)
}
