import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { SiteKind } from '../sync/protocol.ts'
import { type Database, type Queries, select } from './database.ts'
import { makeToken, newId } from './enrolment.ts'
import { type Keys, makeSealingKey } from './keys.ts'
import { pageAfter, VisitsInput, VisitsPage } from './visits.ts'

/** What the platform's operator can do. Each command runs in the server or, on PostgreSQL, straight from the CLI. */
export interface Platform {
  database: Database
  keys: Keys
}

export type Answer<T> = { kind: 'done'; value: T } | { kind: 'refused'; why: string }

export interface Command<I, O> {
  name: string
  input: z.ZodType<I>
  output: z.ZodType<O>
  run(platform: Platform, input: I): Promise<Answer<O>>
}

// Fixes the types of `run` from those of the schemas.
export function command<I, O>(definition: Command<I, O>) {
  return definition
}

export const text = (max: number) =>
  z
    .string()
    .normalize('NFC')
    .trim()
    .min(1, 'expected some text')
    .max(max, `expected at most ${max} characters`)
    .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'expected text without control characters')

export const id = (kind: 'site' | 'dev') => z.string().regex(new RegExp(`^${kind}_[0-9a-f]{32}$`), `expected ${kind}_…`)

export const addSite = command({
  name: 'add-site',
  input: z.strictObject({ name: text(200), kind: SiteKind, address: text(300).optional() }),
  output: z.object({ id: z.string(), name: z.string(), kind: SiteKind, address: z.string() }),
  run: async ({ database }, { name, kind, address = '' }) => {
    const site = newId('site')
    await database.query(
      'insert into site (id, name, address, kind, subject_key, sealing) values ($1, $2, $3, $4, $5, $6::jsonb)',
      [site, name, address, kind, randomBytes(32).toString('base64url'), JSON.stringify(makeSealingKey())],
    )
    return { kind: 'done', value: { id: site, name, kind, address } }
  },
})

export const addEnrolment = command({
  name: 'add-enrolment',
  input: z.strictObject({ site: id('site'), gate: text(100).optional(), area: text(100).optional() }),
  output: z.object({ code: z.string() }),
  run: async ({ database, keys }, { site, gate = null, area = '' }) => {
    if (!(await siteExists(database, site))) return noSite
    const url = await publicUrl(database)
    if (url === null) return { kind: 'refused', why: 'the platform has no URL yet: start gate-platform serve once' }
    const token = await makeToken(database, { site, gate, area })
    const code = `gate-enrol:?url=${encodeURIComponent(url)}&token=${token}&key=${keys.thumbprint}`
    return { kind: 'done', value: { code } }
  },
})

export const listVisits = command({
  name: 'list-visits',
  input: VisitsInput.extend({ site: id('site') }),
  output: VisitsPage,
  run: async ({ database }, input) => {
    if (!(await siteExists(database, input.site))) return noSite
    return { kind: 'done', value: await pageAfter(database, input) }
  },
})

export const noSite: Answer<never> = { kind: 'refused', why: 'site: no site has this id' }

export async function siteExists(queries: Queries, site: string) {
  return (await queries.query('select 1 from site where id = $1', [site])).length > 0
}

/** The base URL of the last start; gates enrol under it. Null before the first start. */
export async function publicUrl(queries: Queries): Promise<string | null> {
  const [row] = await select(queries, z.object({ url: z.string().nullable() }), 'select url from platform')
  return row?.url ?? null
}
