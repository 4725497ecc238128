import type { State } from '../contract/state.ts'
import { join, type Key, say, type Text } from './texts.ts'
import { formatTime } from './time.ts'

/** `quiet`: works, though not as it should; `alarm`: a person has to act. */
interface Status {
  name: 'sync' | 'policy' | 'store' | 'readers' | 'outputs' | 'sound'
  tone: 'good' | 'quiet' | 'alarm'
  text: Text
}

/** What the status bar says, the platform first. */
export function statuses(state: State): Status[] {
  const store = [...policyStatus(state), ...storeStatus(state)]
  return [syncStatus(state), ...store, readerStatus(state), ...outputStatus(state), ...soundStatus(state)]
}

function syncStatus({ sync, timeZone }: State): Status {
  const { waiting } = sync
  const text = (key: Key, withWaiting: Key) => say(waiting === 0 ? key : withWaiting, { waiting })
  const name = 'sync'
  switch (sync.kind) {
    case 'online':
      return { name, tone: 'good', text: text('sync.online', 'sync.online.waiting') }
    case 'offline': {
      const offline = text('sync.offline', 'sync.offline.waiting')
      const since = sync.since === null ? '' : formatTime(sync.since, timeZone, 'moment')
      return { name, tone: 'quiet', text: since === '' ? offline : join(offline, say('sync.since', { since }), ' ') }
    }
    case 'not-enrolled':
      return { name, tone: 'quiet', text: text('sync.not-enrolled', 'sync.not-enrolled.waiting') }
    case 'revoked':
      return { name, tone: 'alarm', text: text('sync.revoked', 'sync.revoked.waiting') }
    case 'fork':
      return { name, tone: 'alarm', text: say('sync.fork', { seq: sync.seq, waiting }) }
  }
}

function policyStatus({ policyExpired, timeZone }: State): Status[] {
  if (policyExpired === null) return []
  const since = formatTime(policyExpired, timeZone, 'moment')
  return [{ name: 'policy', tone: 'alarm', text: say('policy.expired', { since }) }]
}

function storeStatus({ damaged }: State): Status[] {
  return damaged ? [{ name: 'store', tone: 'alarm', text: say('store.damaged') }] : []
}

function readerStatus({ lanes }: State): Status {
  const readers = lanes.flatMap((lane) => lane.readers)
  if (readers.length === 0) return { name: 'readers', tone: 'alarm', text: say('readers.none') }
  const open = readers.filter((reader) => reader.state.kind === 'open').length
  const tone = open === readers.length ? 'good' : open === 0 ? 'alarm' : 'quiet'
  return { name: 'readers', tone, text: say('readers.open', { open, all: readers.length }) }
}

/** Nothing is said of outputs in good order: people look at the gate, not at the number of its relays. */
function outputStatus({ lanes }: State): Status[] {
  const outputs = lanes.flatMap((lane) => lane.outputs).filter(({ driver }) => driver !== 'sound')
  const open = outputs.filter((output) => output.state.kind === 'open').length
  if (open === outputs.length) return []
  return [{ name: 'outputs', tone: 'alarm', text: say('outputs.open', { open, all: outputs.length }) }]
}

/** A browser may want to be touched before it lets a page be heard. */
function soundStatus({ lanes }: State): Status[] {
  const sounds = lanes.flatMap((lane) => lane.outputs).filter(({ driver }) => driver === 'sound')
  if (sounds.every(({ state }) => state.kind === 'open')) return []
  return [{ name: 'sound', tone: 'quiet', text: say('sound.off') }]
}
