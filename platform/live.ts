import { z } from 'zod'
import { Direction, Masked, Outcome } from '../contract/outcome.ts'
import { command, id, noSite, siteExists } from './admin.ts'
import { select } from './database.ts'

const livePage = 100

/** A visit as the site's live list shows it; nothing of a person but what the screens showed. `at` as the gate wrote it. */
const Live = z.object({
  id: z.string(),
  at: z.string(),
  gate: z.string(),
  area: z.string(),
  direction: Direction,
  outcome: Outcome,
  reason: z.string(),
  kind: z.string(),
  verified: z.boolean(),
  masked: Masked.nullable(),
  simulated: z.boolean(),
})
export type Live = z.infer<typeof Live>

/** The newest 100 visits of a site, the newest first. A gate whose clock is ahead does not stand on top for ever. */
export const live = command({
  name: 'live',
  input: z.strictObject({ site: id('site') }),
  output: z.array(Live),
  run: async ({ database }, { site }) => {
    if (!(await siteExists(database, site))) return noSite
    const newest = await select(
      database,
      Live,
      `select visit ->> 'id' as id, visit ->> 'at' as at, coalesce(gate.name, visit ->> 'gate') as gate,
          coalesce(gate.area, '') as area, visit ->> 'direction' as direction, visit ->> 'outcome' as outcome,
          visit ->> 'reason' as reason, visit -> 'credential' ->> 'kind' as kind,
          (visit -> 'credential' ->> 'verified')::boolean as verified, visit -> 'personal' -> 'masked' as masked,
          coalesce(visit ->> 'simulated', 'false') = 'true' as simulated
        from visit left join gate on gate.id = visit ->> 'gate' and gate.site = visit.site
        where visit.site = $1 and visit.at < now() + interval '1 hour' order by visit.at desc limit ${livePage}`,
      [site],
    )
    return { kind: 'done', value: newest }
  },
})
