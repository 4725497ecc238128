import { z } from 'zod'
import { command, id, noSite, siteExists } from './admin.ts'
import { select } from './database.ts'
import { Moment, span, timeZone } from './moment.ts'
import { readings } from './passages.ts'

/** What visits are counted by, and where each is found. */
const groups = {
  hour: `to_char(at at time zone '${timeZone}', 'YYYY-MM-DD"T"HH24:00')`,
  gate: 'gate',
  direction: 'direction',
  kind: 'kind',
  locality: `coalesce(nullif(split_part(masked ->> 'address', ', ', 2), ''), '')`,
}

/** `people` counts those who were let through, each once where the code told who it is. */
const Count = z.object({
  value: z.string(),
  admitted: z.int(),
  warned: z.int(),
  denied: z.int(),
  people: z.int(),
})

/** Counts the readings of people at a site, of the last day where no time is said; `hour` in Vietnam's time. */
export const statistics = command({
  name: 'statistics',
  input: z.strictObject({
    site: id('site'),
    by: z.enum(['hour', 'gate', 'direction', 'kind', 'locality']),
    from: Moment.optional(),
    to: Moment.optional(),
  }),
  output: z.array(Count),
  run: async ({ database }, { site, by, ...asked }) => {
    if (!(await siteExists(database, site))) return noSite
    const { from, to } = span(asked, 1)
    const counted = await select(
      database,
      Count,
      `with ${readings(`visit ->> 'outcome' in ('admitted', 'warned', 'denied')`)}
        select ${groups[by]} as value,
          count(case when outcome = 'admitted' then 1 end) as admitted,
          count(case when outcome = 'warned' then 1 end) as warned,
          count(case when outcome = 'denied' then 1 end) as denied,
          count(distinct case when outcome <> 'denied' then coalesce(subject, id) end) as people
        from reading group by 1 order by 1`,
      [site, from, to],
    )
    return { kind: 'done', value: counted }
  },
})
