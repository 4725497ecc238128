import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { Masked } from '../contract/outcome.ts'
import { command, id, noSite } from './admin.ts'
import { type Queries, select } from './database.ts'
import { Moment, span } from './moment.ts'
import { Stay, StayRow, stays, toStay } from './passages.ts'

const defaultDays = 21
const maxStays = 100
const maxContacts = 10_000
/** The command that asks waits for a minute. */
const maxMs = 20_000
/** Entries and exits of others are looked for so long before and after a stay. */
const aroundMs = 24 * 60 * 60 * 1000

const Input = z
  .strictObject({
    site: id('site'),
    subject: z
      .string()
      .regex(/^[\w-]{43}$/, 'expected the subject of a visit')
      .optional(),
    document: z
      .string()
      .regex(/^[0-9A-Z]{1,20}$/, 'expected the whole number, digits and capital letters')
      .optional(),
    insurance: z
      .string()
      .regex(/^(?:[A-Z]{2}\d{3})?\d{10}$/, 'expected 10 digits, or the 15 characters of the card')
      .optional(),
    area: z.string().max(100).optional(),
    from: Moment.optional(),
    to: Moment.optional(),
  })
  .refine(
    ({ subject, document, insurance, area }) =>
      [subject, document, insurance, area].filter((asked) => asked !== undefined).length === 1,
    'expected one of --subject, --document, --insurance and --area',
  )
type Input = z.infer<typeof Input>

/** Somebody who was there at the same time, for `seconds`. `subject` null: the code told nobody's name. */
const Contact = Stay.extend({ subject: z.string().nullable(), masked: Masked, seconds: z.int() })
type Contact = z.infer<typeof Contact>

/** `complete` false: there was more than one answer holds; ask for less time. Times in RFC 3339, UTC. */
const Trace = z.object({
  subject: z.string().nullable(),
  stays: z.array(Stay),
  contacts: z.array(Contact),
  complete: z.boolean(),
})
export type Trace = z.infer<typeof Trace>

/** Where a person stayed, or what an area saw, and who was there at the same time. */
export const trace = command({
  name: 'trace',
  input: Input,
  output: Trace,
  run: async ({ database }, input) => {
    const Site = z.object({ subject_key: z.string() })
    const [site] = await select(database, Site, 'select subject_key from site where id = $1', [input.site])
    if (site === undefined) return noSite
    const { from, to } = span(input, input.area === undefined ? defaultDays : 1)
    if (input.area !== undefined) {
      const asked = { area: input.area, gate: '', at: new Date(from), left_at: new Date(to), until: new Date(to) }
      return { kind: 'done', value: await met(database, input.site, null, [asked]) }
    }
    const subject = subjectOf(input, site.subject_key)
    const own = await select(
      database,
      StayRow,
      `with ${stays(`visit -> 'personal' ->> 'subject' = $4`)}
        select area, gate, at, left_at, until from stay order by at limit ${maxStays + 1}`,
      [input.site, from, to, subject],
    )
    return { kind: 'done', value: await met(database, input.site, subject, own) }
  },
})

async function met(queries: Queries, site: string, subject: string | null, all: StayRow[]): Promise<Trace> {
  const own = all.slice(0, maxStays)
  const contacts: Contact[] = []
  const until = performance.now() + maxMs
  let open = all.length
  for (const stay of own) {
    if (contacts.length > maxContacts || performance.now() > until) break
    contacts.push(...(await contactsOf(queries, site, subject, stay)))
    open--
  }
  return {
    subject,
    stays: own.map(toStay),
    contacts: contacts.slice(0, maxContacts),
    complete: open === 0 && contacts.length <= maxContacts,
  }
}

const ContactRow = StayRow.extend({ subject: z.string().nullable(), masked: Masked.nullable(), seconds: z.int() })

async function contactsOf(queries: Queries, site: string, subject: string | null, { area, at, until }: StayRow) {
  const near = (time: Date, ms: number) => new Date(time.getTime() + ms).toISOString()
  const rows = await select(
    queries,
    ContactRow,
    `with ${stays(`coalesce(gate.area, '') = $4`)}
      select area, gate, at, left_at, until, subject, masked,
        extract(epoch from least(until, $6) - greatest(at, $5))::integer as seconds
      from stay where at < $6 and until > $5 and ($7::text is null or subject is null or subject <> $7)
      order by at limit ${maxContacts + 1}`,
    [site, near(at, -aroundMs), near(until, aroundMs), area, at.toISOString(), until.toISOString(), subject],
  )
  return rows.map((row): Contact => {
    const { subject: other, masked, seconds } = row
    return { ...toStay(row), subject: other, masked: masked ?? {}, seconds }
  })
}

/** As a gate keys the people whose codes it reads: by HMAC-SHA-256 of the canonical id. */
function subjectOf({ subject, document = '', insurance }: Input, key: string): string {
  if (subject !== undefined) return subject
  const canonical = insurance === undefined ? documentId(document) : `bhxh:${insurance.slice(-10)}`
  return createHmac('sha256', Buffer.from(key, 'base64url')).update(canonical).digest('base64url')
}

function documentId(number: string) {
  if (/^\d{12}$/.test(number)) return `vn:${number}`
  return /^\d{9}$/.test(number) ? `cmnd:${number}` : `doc:${number}`
}
