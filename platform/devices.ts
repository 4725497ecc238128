import { z } from 'zod'
import { command, id, noSite, siteExists } from './admin.ts'
import { select } from './database.ts'

/**
 * A device of a site. `seenAt`: when it last sent health or visits; `waiting`: visits that it had not sent then;
 * `policyVersion`: which policy it had in force, `policyOffered` the newest that it was sent, `policyRefused` why it did
 * not take that one. Null: it never said.
 */
const Device = z.object({
  id: z.string(),
  name: z.string(),
  gate: z.string(),
  area: z.string(),
  enrolledAt: z.string(),
  revokedAt: z.string().nullable(),
  purge: z.boolean(),
  seenAt: z.string().nullable(),
  software: z.string().nullable(),
  waiting: z.int().nullable(),
  policyVersion: z.int().nullable(),
  policyOffered: z.int(),
  policyRefused: z.string().nullable(),
})
type Device = z.infer<typeof Device>

const Row = Device.omit({ enrolledAt: true, revokedAt: true, seenAt: true }).extend({
  enrolledAt: z.date(),
  revokedAt: z.date().nullable(),
  seenAt: z.date().nullable(),
})

/** The devices of a site, each with what its last health said. */
export const devices = command({
  name: 'devices',
  input: z.strictObject({ site: id('site') }),
  output: z.array(Device),
  run: async ({ database }, { site }) => {
    if (!(await siteExists(database, site))) return noSite
    const rows = await select(
      database,
      Row,
      `select device.id, device.name, gate.name as gate, area, enrolled_at as "enrolledAt", revoked_at as "revokedAt",
          purge, greatest(health_at, (select max(received_at) from log where site = $1 and log.device = device.id))
            as "seenAt", health -> 'software' ->> 'version' as software,
          (health -> 'queue' ->> 'waiting')::bigint as waiting,
          (health ->> 'policyVersion')::bigint as "policyVersion", policy_version as "policyOffered",
          health ->> 'policyRefused' as "policyRefused"
        from device join gate on gate.id = device.gate where gate.site = $1 order by gate.name, enrolled_at`,
      [site],
    )
    return { kind: 'done', value: rows.map(toDevice) }
  },
})

function toDevice({ enrolledAt, revokedAt, seenAt, ...rest }: z.infer<typeof Row>): Device {
  return {
    ...rest,
    enrolledAt: enrolledAt.toISOString(),
    revokedAt: revokedAt?.toISOString() ?? null,
    seenAt: seenAt?.toISOString() ?? null,
  }
}
