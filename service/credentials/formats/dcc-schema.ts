import { z } from 'zod'
import type { CertificateType } from '../dcc-trust.ts'

/** What of a certificate a gate uses. `birthDate` as in `PersonData`; names in NFC. */
export type DccContent = {
  readonly ci: string
  readonly family: string
  readonly given: string
  readonly birthDate: string | null
  readonly certificate: { readonly type: CertificateType; readonly dose?: number; readonly doses?: number }
}

/** A missing member is also written as null. */
const Text = z.string().max(80)
const OptionalText = Text.nullish()
/** A day or a moment, as text or as seconds since 1970. */
const Moment = z.union([z.number(), z.string().regex(/^\d{4}-\d\d-\d\d(?:T|$)/)])
const Dose = z.int().min(1)
const Transliterated = Text.regex(/^[A-Z<]*$/)
const common = { tg: Text, co: Text, is: Text, ci: Text.min(1) }

const Dcc = z.object({
  ver: z.string().regex(/^\d+\.\d+\.\d+$/),
  nam: z.object({ fn: OptionalText, fnt: Transliterated, gn: OptionalText, gnt: Transliterated.nullish() }),
  dob: z.string().regex(/^(?:(?:19|20)\d\d(?:-\d\d(?:-\d\d(?:T.*)?)?)?)?$/),
  v: z.tuple([z.object({ ...common, vp: Text, mp: Text, ma: Text, dn: Dose, sd: Dose, dt: Moment })]).nullish(),
  t: z
    .tuple([
      z.object({ ...common, tt: Text, nm: OptionalText, ma: OptionalText, sc: Moment, tr: Text, tc: OptionalText }),
    ])
    .nullish(),
  r: z.tuple([z.object({ ...common, fr: Moment, df: Moment, du: Moment })]).nullish(),
})

/**
 * Reads an EU Digital COVID Certificate by its JSON schema (eu-dcc-schema 1.3.0), which old and foreign certificates
 * stretch. Null unless it holds exactly one vaccination, test or recovery.
 */
export function readDcc(item: unknown): DccContent | null {
  const parsed = Dcc.safeParse(toPlain(item))
  if (!parsed.success) return null
  const { nam, dob, v, t, r } = parsed.data
  const [entry, ...others] = [
    ...(v ?? []).map(({ ci, dn, sd }) => ({ ci, certificate: { type: 'vaccination', dose: dn, doses: sd } as const })),
    ...(t ?? []).map(({ ci }) => ({ ci, certificate: { type: 'test' } as const })),
    ...(r ?? []).map(({ ci }) => ({ ci, certificate: { type: 'recovery' } as const })),
  ]
  if (entry === undefined || others.length > 0) return null
  const birthDate = dob === '' ? null : `${dob.slice(0, 10)}-00-00`.slice(0, 10)
  return { ...entry, birthDate, family: nameOf(nam.fn, nam.fnt), given: nameOf(nam.gn, nam.gnt) }
}

/** The name as it is written, else as a passport's machine-readable zone spells it. */
function nameOf(written: string | null | undefined, transliterated: string | null | undefined): string {
  return (written || (transliterated ?? '').replaceAll('<', ' ')).normalize('NFC').trim()
}

function toPlain(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(toPlain)
  if (!(item instanceof Map)) return item
  return Object.fromEntries(Array.from(item, ([key, value]) => [String(key), toPlain(value)]))
}
