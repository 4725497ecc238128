import { z } from 'zod'
import { CodeKind } from '../contract/code.ts'
import { Policy } from '../sync/protocol.ts'
import { command, id, noSite, siteExists } from './admin.ts'
import { unstorableWhy } from './check.ts'
import { type Queries, select } from './database.ts'

/** A policy is fetched anew after every change; a gate takes none of more than 16 MiB. */
const maxLength = 4 * 1024 * 1024

/** What the operator of a site may say of its policy; what is left out is as the platform sets it for every site. */
export const SitePolicy = z
  .strictObject({
    ...Policy.pick({ patterns: true, dcc: true, repeatSeconds: true }).partial().shape,
    accept: z.array(z.union([CodeKind, z.string().startsWith('x-')], 'expected a kind of code, or x-…')).optional(),
  })
  .superRefine((members, context) => {
    for (const [member, value] of Object.entries(members)) {
      const unstorable = unstorableWhy(value)
      if (unstorable !== null) {
        context.addIssue({ code: 'custom', path: [member], message: unstorable.detail })
      } else if (JSON.stringify(value).length > maxLength) {
        const message = `expected at most ${maxLength} characters: sign long lists of keys with gate-platform trust`
        context.addIssue({ code: 'custom', path: [member], message })
      }
    }
  })
export type SitePolicy = z.infer<typeof SitePolicy>

/** Replaces the site's own members of the policy by `members`, where given, and tells them. */
export const sitePolicy = command({
  name: 'site-policy',
  input: z.strictObject({ site: id('site'), members: SitePolicy.optional() }),
  output: SitePolicy,
  run: async ({ database }, { site, members }) => {
    if (!(await siteExists(database, site))) return noSite
    if (members !== undefined) {
      await database.query('update site set policy = $2::jsonb where id = $1', [site, JSON.stringify(members)])
    }
    return { kind: 'done', value: await ownMembers(database, site) }
  },
})

async function ownMembers(queries: Queries, site: string): Promise<SitePolicy> {
  const [row] = await select(queries, z.object({ policy: SitePolicy }), 'select policy from site where id = $1', [site])
  return row?.policy ?? {}
}
