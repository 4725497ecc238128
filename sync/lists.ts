import type { PlatformClient } from './client.ts'
import { canonical } from './digest.ts'
import type { Pacing } from './pacing.ts'
import { ListDelta, type ListRef, type SigningJwk } from './protocol.ts'
import { openSigned } from './signature.ts'
import { failed, refusal, type Step } from './step.ts'

/** After trouble with a list it is asked for again no sooner. */
const againMs = 60_000
/** A whole list that comes to nothing, however often it is fetched, must not fill the line. */
const wholeMs = 60 * 60_000

/** `differs`: with these changes it never becomes the list that the platform has. */
export type Trouble = { readonly kind: 'differs' | 'failed'; readonly why: string }

/** A list on its way. Entries are RFC 8785 canonical JSON. */
export interface ListLoad {
  take(entries: { readonly add: readonly string[]; readonly remove: readonly string[] }): Promise<Trouble | null>
  /** Null: it is in force. Otherwise the one before it still is. */
  finish(state: { readonly version: number; readonly digest: string }): Promise<Trouble | null>
  /** Ends a load that was not finished. */
  drop(): void
  /** It was dropped or finished. */
  readonly ended: boolean
}

/** The lists that a gate holds. */
export interface ListShelf {
  /** Those that the policy in force refers to. */
  wanted(): readonly ListRef[]
  /** What of it is in force; version 0 where that is nothing, or nothing that the platform named. */
  held(name: string): { readonly version: number; readonly digest: string }
  load(name: string, kind: 'whole' | 'changes'): ListLoad
}

type Parts = {
  readonly client: PlatformClient
  readonly signingKey: SigningJwk
  readonly pacing: Pick<Pacing, 'now'>
  readonly gate: { readonly lists: ListShelf; report(what: string): void }
}

/** `since`: the version that was reached. */
type Load = { readonly kind: 'whole' | 'changes'; readonly of: ListLoad; since: number }

type List = {
  load: Load | null
  /** The changes did not lead to the platform's list. */
  needsWhole: boolean
  /** What the gate has is newer than this reference. */
  settled: ListRef | null
  /** Not asked for before this, by the pacing's clock. */
  notBefore: number
  why: string | null
}

const unknown: List = { load: null, needsWhole: false, settled: null, notBefore: 0, why: null }

type Fetched = { kind: 'fetched'; delta: ListDelta } | { kind: 'misshapen'; why: string } | Step

/** Fetches the lists that the policy refers to, one answer at a time. */
export class ListFetcher {
  readonly #parts: Parts
  readonly #lists = new Map<string, List>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** When there is a list to ask for, by the pacing's clock. */
  get due(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#behind().map((ref) => this.#list(ref.list).notBefore))
  }

  /** Why a list is not the one that the policy refers to; null where nothing is known against any. */
  get why(): string | null {
    return this.#behind().flatMap((ref) => this.#list(ref.list).why ?? [])[0] ?? null
  }

  /** Asks once for the first list that is due. `no-policy` where it cannot be had; that says nothing of the platform. */
  async step(): Promise<{ kind: 'done' } | { kind: 'no-policy'; why: string; waitMs: number } | Step> {
    const ref = this.#behind().find(({ list }) => this.#list(list).notBefore <= this.#parts.pacing.now())
    if (ref === undefined) return { kind: 'done' }
    const list = this.#list(ref.list)
    if (list.load === null || list.load.of.ended) list.load = this.#begin(ref.list, list)
    const fetched = await this.#fetch(ref.list, list.load.since)
    switch (fetched.kind) {
      case 'revoked':
        return fetched
      case 'failed':
        this.#putOff(ref, fetched.why, againMs)
        return { ...fetched, kind: 'no-policy' }
      case 'misshapen':
        this.#putOff(ref, `it cannot be read: ${fetched.why}`, wholeMs)
        break
      case 'fetched':
        await this.#take(ref, list, list.load, fetched.delta)
    }
    return { kind: 'done' }
  }

  #behind(): ListRef[] {
    const { lists } = this.#parts.gate
    return lists.wanted().filter((ref) => {
      const held = lists.held(ref.list)
      const isNewer = isAt(this.#list(ref.list).settled, ref) && held.version > ref.version
      return !isNewer && !isAt(held, ref)
    })
  }

  #list(name: string): List {
    const known = this.#lists.get(name)
    if (known !== undefined) return known
    const list = { ...unknown }
    this.#lists.set(name, list)
    return list
  }

  #begin(name: string, { needsWhole }: List): Load {
    const { lists } = this.#parts.gate
    const { version } = lists.held(name)
    const kind = needsWhole || version === 0 ? 'whole' : 'changes'
    return { kind, of: lists.load(name, kind), since: kind === 'whole' ? 0 : version }
  }

  async #fetch(name: string, since: number): Promise<Fetched> {
    const { client, signingKey } = this.#parts
    const answer = await client.request('GET', `/lists/${name}${since === 0 ? '' : `?since=${since}`}`)
    if (answer.kind === 'unreachable') return failed(answer.why)
    if (answer.status !== 200) return refusal(answer)
    const opened = await openSigned(answer.body, signingKey, ListDelta)
    switch (opened.kind) {
      case 'unsigned':
        return failed('it is not signed by the platform of this gate')
      case 'misshapen':
        return opened
      case 'good': {
        const { name: told, from, version } = opened.value
        if (told === name && (from === since || from === 0) && version >= from)
          return { kind: 'fetched', delta: opened.value }
        const why = `expected ${name} from version ${since}, got ${told} from ${from} to ${version}`
        return { kind: 'misshapen', why }
      }
    }
  }

  async #take(ref: ListRef, list: List, asked: Load, delta: ListDelta): Promise<void> {
    const { since } = asked
    const { lists, report } = this.#parts.gate
    const isUnchanged = delta.version === since && isAt(lists.held(ref.list), delta)
    const load = delta.from === since ? asked : this.#startAnew(ref.list, list)
    const trouble = isUnchanged ? null : await takeAll(load.of, delta)
    if (trouble !== null) return this.#trouble(ref, list, load, trouble)
    load.since = delta.version
    // Below the newest version the digest is of other entries than these.
    if (delta.version !== since && !isAt(ref, delta)) return
    const unfinished = isUnchanged ? null : await load.of.finish(delta)
    if (unfinished !== null) return this.#trouble(ref, list, load, unfinished)
    load.of.drop()
    this.#lists.set(ref.list, { ...unknown, settled: ref })
    if (delta.version < ref.version)
      this.#putOff(ref, `the platform has no more than version ${delta.version}`, againMs)
    else if (!isUnchanged) report(`version ${delta.version} of the list ${ref.list} is in force`)
  }

  /** The platform does not know any more what came after the version that the gate has. */
  #startAnew(name: string, list: List): Load {
    list.load?.of.drop()
    list.needsWhole = true
    list.load = this.#begin(name, list)
    return list.load
  }

  #trouble(ref: ListRef, list: List, { kind, of }: Load, { kind: trouble, why }: Trouble) {
    of.drop()
    list.load = null
    list.needsWhole = kind === 'changes' && trouble === 'differs'
    if (!list.needsWhole) this.#putOff(ref, why, kind === 'whole' ? wholeMs : againMs)
  }

  #putOff({ list: name }: ListRef, why: string, ms: number) {
    const list = this.#list(name)
    list.notBefore = this.#parts.pacing.now() + ms
    if (list.why !== why) this.#parts.gate.report(`the last good list ${name} stays in force: ${why}`)
    list.why = why
  }
}

function isAt(
  known: { version: number; digest: string } | null,
  { version, digest }: { version: number; digest: string },
) {
  return known?.version === version && known.digest === digest
}

async function takeAll(load: ListLoad, delta: ListDelta): Promise<Trouble | null> {
  const [add, remove] = [canonicalAll(delta.add), canonicalAll(delta.remove)]
  if (add === null || remove === null) return { kind: 'differs', why: 'it has an entry without a canonical form' }
  return load.take({ add, remove })
}

/** Null: JSON that was read may still hold half a character, which RFC 8785 knows no form of. */
function canonicalAll(entries: readonly unknown[]): string[] | null {
  try {
    return entries.map(canonical)
  } catch {
    return null
  }
}
