import { z } from 'zod'
import { command } from './admin.ts'
import { type Database, type Queries, select } from './database.ts'

/**
 * Visits are kept in one partition for each day (UTC) on which they were received: the time in a visit is the gate's, and
 * may be years off.
 */
const Day = z.object({ name: z.string(), day: z.string() })

/** Makes the partitions of today and tomorrow where they are missing. */
export async function makeDays(database: Database) {
  await database.transaction(async (queries) => {
    await lock(queries)
    const days = await select(
      queries,
      Day.extend({ next: z.string() }),
      `select 'visit_' || to_char(day, 'YYYYMMDD') as name, to_char(day, 'YYYY-MM-DD') as day,
          to_char(day + interval '1 day', 'YYYY-MM-DD') as next
        from (select (now() at time zone 'UTC')::date + after as day from (values (0), (1)) as days (after)) as wanted
        where to_regclass('visit_' || to_char(day, 'YYYYMMDD')) is null`,
    )
    for (const { name, day, next } of days) {
      // Attached, not made in its place: that would wait for whoever reads the visits.
      await queries.query(`create table ${name} (like visit including all)`)
      await queries.query(
        `alter table visit attach partition ${name} for values from ('${day}T00:00:00Z') to ('${next}T00:00:00Z')`,
      )
    }
  })
}

/** Drops the visits received before a day and tells the days. Their logs go on where they are. */
export const dropDays = command({
  name: 'drop-days',
  input: z.strictObject({ before: z.iso.date('expected YYYY-MM-DD') }),
  output: z.object({ dropped: z.array(z.string()) }),
  run: ({ database }, { before }) =>
    database.transaction(async (queries) => {
      await lock(queries)
      const days = await select(
        queries,
        Day,
        `select relname as name, to_char(to_date(substr(relname, 7), 'YYYYMMDD'), 'YYYY-MM-DD') as day
          from pg_inherits join pg_class on pg_class.oid = inhrelid
          where inhparent = 'visit'::regclass and to_date(substr(relname, 7), 'YYYYMMDD') < $1::date order by relname`,
        [before],
      )
      // It waits for whoever reads the visits, and all who come later wait for it.
      await queries.query(`set local lock_timeout = '5s'`)
      for (const { name } of days) await queries.query(`drop table ${name}`)
      return { kind: 'done', value: { dropped: days.map(({ day }) => day) } }
    }),
})

/** Whether a visit was received on a day that has no partition. */
export function isMissingDay(error: unknown): boolean {
  const { code, message } = z.object({ code: z.string(), message: z.string() }).safeParse(error).data ?? {}
  return code === '23514' && message?.startsWith('no partition of relation') === true
}

function lock(queries: Queries) {
  // Any fixed number, but the one of the migrations: those make no days.
  return queries.query('select pg_advisory_xact_lock(7240114)')
}
