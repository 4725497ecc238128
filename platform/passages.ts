import { z } from 'zod'

/** A stay without an exit is taken to end after so long. */
const longestStayHours = 12

/**
 * SQL for a `with`: the readings of people at a site, as `reading`; $1 is the site, $2 and $3 the time. What was rejected
 * or annulled, a repeated reading, and invented people are none. `only` narrows it down. The annulled ones are read once:
 * PostgreSQL takes the readings for few and would look for each in every day.
 */
export function readings(only: string) {
  return `annulled as materialized (
      select visit ->> 'refers' as id from visit
      where site = $1 and rejected_code is null and visit ->> 'outcome' = 'annulled'
    ),
    reading as (
      select at, visit ->> 'id' as id, visit ->> 'direction' as direction, visit ->> 'outcome' as outcome,
        visit ->> 'refers' as refers, visit -> 'credential' ->> 'kind' as kind,
        visit -> 'personal' ->> 'subject' as subject, visit -> 'personal' -> 'masked' as masked,
        coalesce(gate.name, visit ->> 'gate') as gate, coalesce(gate.area, '') as area
      from visit left join gate on gate.id = visit ->> 'gate' and gate.site = visit.site
      where visit.site = $1 and at >= $2 and at < $3 and rejected_code is null and visit ->> 'reason' <> 'repeated'
        and coalesce(visit ->> 'simulated', 'false') <> 'true'
        and not exists (select 1 from annulled where annulled.id = visit ->> 'id') and ${only}
    )`
}

/**
 * SQL for a `with`: the stays of people, as `stay`: from an entry to the next exit of the same person from the same area,
 * or to the exit that was added at closing time. `until` is when it ended at the latest, `left_at` when, if that is known.
 */
export function stays(only: string) {
  return `${readings(`visit ->> 'outcome' in ('admitted', 'warned', 'closed') and ${only}`)},
    closing as (select refers as id, min(at) as at from reading where outcome = 'closed' group by 1),
    passage as (
      select reading.*, lead(at) over person as next_at, lead(direction) over person as next_direction
      from reading where outcome <> 'closed'
      window person as (partition by coalesce(subject, id), area order by at, id)
    ),
    entry as (
      select passage.*, least(case when next_direction = 'out' then next_at end, closing.at) as left_at
      from passage left join closing on closing.id = passage.id where direction = 'in'
    ),
    stay as (
      select entry.*, coalesce(left_at, least(next_at, at + interval '${longestStayHours} hours')) as until from entry
    )`
}

/** `out` null: no exit is known. `gate` is that of the entry. */
export const Stay = z.object({ area: z.string(), gate: z.string(), in: z.string(), out: z.string().nullable() })
export type Stay = z.infer<typeof Stay>

/** The columns of a row of `stay`. */
export const StayRow = z.object({
  area: z.string(),
  gate: z.string(),
  at: z.date(),
  left_at: z.date().nullable(),
  until: z.date(),
})

export type StayRow = z.infer<typeof StayRow>

export function toStay({ area, gate, at, left_at }: StayRow): Stay {
  return { area, gate, in: at.toISOString(), out: left_at?.toISOString() ?? null }
}
