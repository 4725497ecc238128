import type { CodeKind } from '../contract/code.ts'
import type { Verdict } from '../contract/state.ts'
import { clean } from './display.ts'
import { type Key, say, type Text } from './texts.ts'

type Credential = Verdict['credential']

/** The name of a kind, and the sentence for a visitor who shows such a code where a personal one is asked for. */
type Entry = readonly [name: Key, sentence: Key]

const kinds: Record<CodeKind, Entry> = {
  signed: ['kind.signed', 'reason.not-personal'],
  dcc: ['kind.dcc', 'reason.not-personal'],
  shc: ['kind.shc', 'reason.not-personal'],
  vdsnc: ['kind.vdsnc', 'reason.not-personal'],
  cccd: ['kind.cccd', 'reason.not-personal'],
  pccovid: ['kind.pccovid', 'reason.not-personal'],
  bhyt: ['kind.bhyt', 'reason.not-personal'],
  kbyt: ['kind.kbyt', 'reason.not-personal'],
  barenum: ['kind.barenum', 'reason.not-personal'],
  venue: ['kind.venue', 'wrong.venue'],
  emv: ['kind.payment', 'wrong.payment'],
  momo: ['kind.payment', 'wrong.payment'],
  social: ['kind.social', 'wrong.social'],
  wallet: ['kind.wallet', 'wrong.wallet'],
  url: ['kind.url', 'wrong.url'],
  wifi: ['kind.wifi', 'wrong.wifi'],
  vcard: ['kind.vcard', 'wrong.vcard'],
  otp: ['kind.otp', 'wrong.otp'],
  tel: ['kind.tel', 'wrong.tel'],
  sms: ['kind.sms', 'wrong.sms'],
  mailto: ['kind.mailto', 'wrong.mailto'],
  geo: ['kind.geo', 'wrong.geo'],
  market: ['kind.market', 'wrong.market'],
  upi: ['kind.payment', 'wrong.payment'],
  bcbp: ['kind.bcbp', 'wrong.bcbp'],
  wallet2: ['kind.wallet2', 'wrong.wallet2'],
  product: ['kind.product', 'wrong.product'],
  enrol: ['kind.enrol', 'wrong.enrol'],
  json: ['kind.other', 'reason.not-personal'],
  uuid: ['kind.other', 'reason.not-personal'],
  unknown: ['kind.other', 'reason.not-personal'],
}

const variants: Record<NonNullable<Credential['variant']>, Entry> = { invoice: ['kind.invoice', 'wrong.invoice'] }

/** What sort of code it was; for a kind of the site, in the words of the site. */
export function kind(of: Credential): Text {
  const { label } = of
  if (label !== undefined && !isKnown(of.kind)) return { vi: clean(label.vi), en: clean(label.en) }
  const [name] = entry(of)
  return say(name)
}

/** Says to somebody who shows this code that it is not a personal one. */
export function mistake(of: Credential): Text {
  const [, sentence] = entry(of)
  return say(sentence)
}

// The contract leaves the kind open, for the kinds of sites and of later versions: without a label those are "another code".
function entry({ kind, variant }: Credential): Entry {
  if (variant !== undefined) return variants[variant]
  return kinds[isKnown(kind) ? kind : 'unknown']
}

function isKnown(kind: string): kind is CodeKind {
  return Object.hasOwn(kinds, kind)
}
