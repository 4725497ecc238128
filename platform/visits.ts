import { z } from 'zod'
import { type Queries, select } from './database.ts'

export const pageSize = 500

const Place = z.strictObject({ device: z.string(), log: z.uuid(), seq: z.int() })

/** `after`: the place of the last visit of the page before. */
export const VisitsInput = z.strictObject({ site: z.string(), after: Place.optional() })

/** A visit as received, with where it came from; `rejected` where the platform did not accept it. */
const Listed = z.looseObject({
  device: z.string(),
  log: z.string(),
  seq: z.int(),
  receivedAt: z.string(),
  rejected: z.object({ code: z.string(), detail: z.string() }).optional(),
})
export type Listed = z.infer<typeof Listed>
export const VisitsPage = z.array(Listed)

const Row = z.object({
  device: z.string(),
  log: z.string(),
  seq: z.int(),
  received_at: z.date(),
  visit: z.looseObject({}).nullable(),
  raw: z.string().nullable(),
  rejected_code: z.string().nullable(),
  rejected_detail: z.string().nullable(),
})

const start = { device: '', log: '00000000-0000-0000-0000-000000000000', seq: 0 }

/** At most 500 visits of a site, by device, log and seq. */
export async function pageAfter(queries: Queries, { site, after = start }: z.infer<typeof VisitsInput>) {
  const rows = await select(
    queries,
    Row,
    `select device, log, seq, received_at, visit, raw, rejected_code, rejected_detail from visit
      where site = $1 and (device, log, seq) > ($2, $3::uuid, $4) order by device, log, seq limit $5`,
    [site, after.device, after.log, after.seq, pageSize],
  )
  return rows.map(listed)
}

function listed(row: z.infer<typeof Row>): Listed {
  const { device, log, seq, rejected_code: code, rejected_detail: detail } = row
  const received = row.visit ?? z.looseObject({}).parse(JSON.parse(row.raw ?? '{}'))
  const rejected = code === null ? {} : { rejected: { code, detail: detail ?? '' } }
  return { ...received, device, log, seq, receivedAt: row.received_at.toISOString(), ...rejected }
}
