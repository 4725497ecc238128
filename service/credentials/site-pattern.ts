import { RE2JS } from 're2js'
import { z } from 'zod'
import { Label } from '../../contract/code.ts'
import type { Credential, Reading, SiteKind } from './credential.ts'
import { mask } from './mask.ts'
import { Person, type PersonData } from './person.ts'

/** A kind of code that only this site knows. */
export type SitePattern = {
  readonly kind: SiteKind
  /** Null where the text is not of this kind. */
  read(text: string, reading: Reading): Credential | null
}

const maxEntries = 50
const maxTextLength = 512
/** Of all patterns together, as RE2 counts: the time of a reading grows with this times the length of the text. */
const maxInstructions = 400

/** `pattern`: RE2's syntax, for the whole text; its groups `id` and `name` tell whose the code is. Both are optional. */
const Entry = z.object({
  kind: z.templateLiteral(['x-', z.string().regex(/^[a-z0-9-]{1,28}$/)], 'expected x- and 1 to 28 of a-z, 0-9 and -'),
  pattern: z.string().max(200),
  label: Label,
})
type Entry = z.infer<typeof Entry>

/** Entries that cannot be used are left out; `faults` names each and says what was expected. */
export function toSitePatterns(entries: readonly unknown[]): { patterns: SitePattern[]; faults: string[] } {
  const patterns: SitePattern[] = []
  const faults: string[] = []
  let instructions = 0
  const add = (value: unknown): string | null => {
    const entry = Entry.safeParse(value)
    if (!entry.success) return explain(entry.error)
    if (patterns.some(({ kind }) => kind === entry.data.kind))
      return '.kind: expected one that no pattern before it has'
    // Making one pattern can take a tenth of a second. After one that is too large no other is made.
    const regex = instructions > maxInstructions ? null : compile(entry.data.pattern)
    if (typeof regex === 'string') return `.pattern: expected a regular expression of RE2: ${regex}`
    instructions += regex?.programSize() ?? 0
    if (regex === null || instructions > maxInstructions) {
      return `.pattern: expected all patterns up to this one to be of at most ${maxInstructions} RE2 instructions`
    }
    patterns.push(toPattern(entry.data, regex))
    return null
  }
  for (const [i, value] of entries.slice(0, maxEntries).entries()) {
    const fault = add(value)
    if (fault !== null) faults.push(`patterns.${i}${fault}`)
  }
  if (entries.length > maxEntries) faults.push(`patterns.${maxEntries}: expected at most ${maxEntries} patterns`)
  return { patterns, faults }
}

function toPattern({ kind, label }: Entry, regex: RE2JS): SitePattern {
  const groups = regex.namedGroups()
  return {
    kind,
    read(text) {
      if (text.length > maxTextLength) return null
      const match = regex.matcher(text)
      if (!match.matches()) return null
      const id = 'id' in groups ? match.group('id') : text
      if (id === null || id === '') return null
      const name = 'name' in groups ? match.group('name')?.trim() : undefined
      // A text of which the pattern names no part as the id may hold anything: it is keyed, and neither shown nor sealed.
      const data: PersonData = { ...('id' in groups ? { document: id } : {}), ...(name ? { name } : {}) }
      const person = new Person([`site:${kind}:${id}`], data)
      return { kind, check: 'good', proof: null, validity: null, person, masked: mask(data), label }
    },
  }
}

/** A string says what is wrong with it. */
function compile(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function explain(error: z.ZodError): string {
  const [issue] = error.issues
  return `${issue?.path.map((member) => `.${String(member)}`).join('')}: ${issue?.message}`
}
