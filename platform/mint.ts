import { z } from 'zod'
import { command, id, noSite, siteExists, text } from './admin.ts'
import { maxCodeLength, mintCode, type Person } from './code.ts'
import { Moment, momentMs } from './moment.ts'

const daySeconds = 86_400
const defaultDays = 180

const Lifetime = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'expected 1 to 999999 and a unit, such as 120s, 30m, 12h or 7d')

const Input = z
  .strictObject({
    site: id('site'),
    name: text(100).optional(),
    born: z.iso.date('expected YYYY-MM-DD').optional(),
    sex: z.enum(['male', 'female']).optional(),
    id: z
      .string()
      .regex(/^(?:[0-9]{9}|[0-9]{12})$/, 'expected 9 or 12 digits')
      .optional(),
    expires: Moment.optional(),
    lifetime: Lifetime.optional(),
    'not-before': Moment.optional(),
    opaque: z.boolean().optional(),
  })
  .superRefine(({ opaque, name, born, expires, lifetime }, context) => {
    const missing = (path: string) => context.addIssue({ code: 'custom', path: [path], message: 'expected a value' })
    if (!opaque && name === undefined) missing('name')
    if (!opaque && born === undefined) missing('born')
    if (expires !== undefined && lifetime !== undefined) {
      context.addIssue({ code: 'custom', path: ['lifetime'], message: 'expected one of --expires and --lifetime' })
    }
  })
type Input = z.infer<typeof Input>

/** Makes a personal code; an opaque one says nothing about its person. `lifetime` counts from now. */
export const mint = command({
  name: 'mint',
  input: Input,
  output: z.object({ code: z.string() }),
  run: async ({ database, keys }, input) => {
    if (!(await siteExists(database, input.site))) return noSite
    const issued = Math.floor(Date.now() / 1000)
    const expires = expiryOf(input, issued)
    const notBefore = input['not-before'] === undefined ? undefined : seconds(input['not-before'], 'start')
    if (notBefore !== undefined && notBefore >= expires) {
      return { kind: 'refused', why: 'not-before: expected a time before expires' }
    }
    const code = mintCode(keys.issuer, personOf(input), { issued, expires, notBefore })
    if (code.length > maxCodeLength) return { kind: 'refused', why: 'name: too long for a code' }
    return { kind: 'done', value: { code } }
  },
})

function personOf({ opaque, name, born, sex, id }: Input): Person | null {
  return opaque || name === undefined || born === undefined ? null : { name, born, sex, id }
}

function expiryOf({ expires, lifetime }: Input, issued: number): number {
  if (expires !== undefined) return seconds(expires, 'end')
  return issued + (lifetime === undefined ? defaultDays * daySeconds : lifetimeSeconds(lifetime))
}

function lifetimeSeconds(lifetime: string): number {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: daySeconds }
  return Number.parseInt(lifetime, 10) * (units[lifetime.slice(-1)] ?? 1)
}

function seconds(moment: string, edge: 'start' | 'end') {
  return Math.floor(momentMs(moment, edge) / 1000)
}
