import { z } from 'zod'
import { command, id, noSite, siteExists } from './admin.ts'
import { maxCodeLength, readCode } from './code.ts'
import { addRevoked } from './revoked-list.ts'

export const revokeCode = command({
  name: 'revoke-code',
  input: z.strictObject({ site: id('site'), code: z.string().max(maxCodeLength) }),
  output: z.object({ revoked: z.string() }),
  run: async ({ database, keys }, { site, code }) => {
    if (!(await siteExists(database, site))) return noSite
    const read = readCode(keys.issuer, code)
    if (read === null) return { kind: 'refused', why: 'code: expected a VNG1:… code that this platform signed' }
    await database.transaction((queries) => addRevoked(queries, site, read))
    return { kind: 'done', value: { revoked: read.cti } }
  },
})

/** With `purge` the gate drops the personal data that it holds; revoking it once more can add that. */
export const revokeDevice = command({
  name: 'revoke-device',
  input: z.strictObject({ device: id('dev'), purge: z.boolean().optional() }),
  output: z.object({ revoked: z.string() }),
  run: async ({ database }, { device, purge = false }) => {
    const sql = `update device set revoked_at = coalesce(revoked_at, now()), purge = purge or $2
      where id = $1 returning id`
    const found = await database.query(sql, [device, purge])
    return found.length === 0 ? noDevice : { kind: 'done', value: { revoked: device } }
  },
})

/** A gate that was revoked by mistake goes on where it stopped. */
export const unrevokeDevice = command({
  name: 'unrevoke-device',
  input: z.strictObject({ device: id('dev') }),
  output: z.object({ unrevoked: z.string() }),
  run: async ({ database }, { device }) => {
    const sql = 'update device set revoked_at = null, purge = false where id = $1 returning id'
    const found = await database.query(sql, [device])
    return found.length === 0 ? noDevice : { kind: 'done', value: { unrevoked: device } }
  },
})

const noDevice = { kind: 'refused' as const, why: 'device: no device has this id' }
