import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toSitePatterns } from '../../../service/credentials/site-pattern.ts'
import { noTrust } from '../../../service/credentials/trust.ts'

const label = { vi: 'Thẻ nhân viên', en: 'Staff card' }
const staff = { kind: 'x-staff', pattern: '^EMP-(?P<id>\\d{6})$', label }
const student = { kind: 'x-student', pattern: '(?P<id>SV\\d{8})\\|(?P<name>[^|]*)\\|.*', label }
const anything = { kind: 'x-any', pattern: '(?s).*', label }

/** What the one pattern makes of a text, with all that the person may tell. */
function read(pattern: string, text: string) {
  const { patterns, faults } = toSitePatterns([{ ...staff, pattern }])
  expect(faults).toEqual([])
  const credential = patterns[0]?.read(text, { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }) ?? null
  return credential !== null && 'person' in credential ? { ...credential, data: credential.person.reveal() } : null
}

/** The subject of a person tells the id without giving it away. */
function subjectOf(pattern: string, text: string) {
  return read(pattern, text)?.person.subjects(new Uint8Array(32))
}

const kindsOf = (...entries: unknown[]) => toSitePatterns(entries).patterns.map(({ kind }) => kind)
const faultsOf = (...entries: unknown[]) => toSitePatterns(entries).faults

describe("a site's own pattern", () => {
  it('reads the code of a person', () => {
    expect(read(staff.pattern, 'EMP-123456')).toMatchObject({
      kind: 'x-staff',
      check: 'good',
      proof: null,
      validity: null,
      label,
      data: { document: '123456' },
      masked: { document: '******' },
    })
  })

  it('reads the name where the pattern has one', () => {
    expect(read(student.pattern, 'SV00000001| Nguyễn Văn Mẫu |x')).toMatchObject({
      data: { document: 'SV00000001', name: 'Nguyễn Văn Mẫu' },
      masked: { document: '******0001', name: 'Nguyễn Văn ***' },
    })
    expect(read(student.pattern, 'SV00000001| |x')?.data).toEqual({ document: 'SV00000001' })
  })

  it('knows a person by the id alone', () => {
    const same = subjectOf(student.pattern, 'SV00000001|Nguyễn Văn Mẫu|x')
    expect(subjectOf(student.pattern, 'SV00000001|Mẫu|y')).toEqual(same)
    expect(subjectOf(student.pattern, 'SV00000002|Nguyễn Văn Mẫu|x')).not.toEqual(same)
  })

  it('knows the same id of two kinds as two people', () => {
    const { patterns } = toSitePatterns([anything, { ...anything, kind: 'x-other' }])
    const subjects = patterns.map(({ read }) => {
      const credential = read('1', { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') })
      return credential !== null && 'person' in credential ? credential.person.subjects(new Uint8Array(32))[0] : null
    })
    expect(new Set(subjects).size).toBe(2)
    expect(subjects).not.toContain(null)
  })

  it('knows a person by the whole text where it names no id, and shows and keeps nothing of it', () => {
    expect(subjectOf('A\\d+', 'A1')).not.toEqual(subjectOf('A\\d+', 'A2'))
    expect(read('A\\d+', 'A123456789')).toMatchObject({ data: {}, masked: {} })
    expect(read('(?P<name>[^|]+)\\|x', 'Lê Mẫu|x')?.masked).toEqual({ name: 'Lê ***' })
  })

  it.each([
    ['more in front', 'EMP-\\d{6}', 'xEMP-123456'],
    ['more behind', 'EMP-\\d{6}', 'EMP-1234567'],
    ['a second line', '(?m)^EMP-\\d{6}$', 'EMP-123456\nx'],
    ['one alternative in front', 'A|EMP', 'Ax'],
    ['an id of no characters', 'EMP-(?P<id>\\d*)', 'EMP-'],
    ['no id at all', 'EMP(?:-(?P<id>\\d+))?', 'EMP'],
    ['no characters', '.*', ''],
    ['more than 512 characters', 'x*', 'x'.repeat(513)],
  ])('leaves alone a text with %s', (_what, pattern, text) => {
    expect(read(pattern, text)).toBeNull()
  })

  it('takes the alternative that fits the whole text, and 512 characters', () => {
    expect(read('A|AB', 'AB')).not.toBeNull()
    expect(read('x*', 'x'.repeat(512))).not.toBeNull()
  })

  it('throws at no text', () => {
    const { patterns } = toSitePatterns([staff, student, anything])
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        for (const { read } of patterns) {
          expect(() => read(text, { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') })).not.toThrow()
        }
      }),
    )
  })
})

describe('the patterns of a policy', () => {
  it('keep their order', () => {
    expect(kindsOf(student, staff)).toEqual(['x-student', 'x-staff'])
  })

  it.each([
    ['no object', 7, 'patterns.1: '],
    ['a kind of ours', { ...staff, kind: 'cccd' }, 'patterns.1.kind: expected x- and'],
    ['a kind in capitals', { ...staff, kind: 'x-Staff' }, 'patterns.1.kind: expected x- and'],
    ['a kind without a name', { ...staff, kind: 'x-' }, 'patterns.1.kind: expected x- and'],
    ['a kind that is too long', { ...staff, kind: `x-${'a'.repeat(29)}` }, 'patterns.1.kind: expected x- and'],
    ['a kind with a line behind', { ...staff, kind: 'x-a\n' }, 'patterns.1.kind: expected x- and'],
    ['a kind that is taken', { ...staff, kind: 'x-student' }, 'patterns.1.kind: expected one that no'],
    ['no pattern', { kind: 'x-staff', label }, 'patterns.1.pattern: '],
    ['a long pattern', { ...staff, pattern: 'a'.repeat(201) }, 'patterns.1.pattern: '],
    ['a broken pattern', { ...staff, pattern: 'EMP-(' }, 'patterns.1.pattern: expected a regular expression of RE2'],
    ['a look-behind', { ...staff, pattern: '(?<=a)b' }, 'patterns.1.pattern: expected a regular expression of RE2'],
    ['a back-reference', { ...staff, pattern: '(a)\\1' }, 'patterns.1.pattern: expected a regular expression of RE2'],
    ['no label', { ...staff, label: undefined }, 'patterns.1.label: '],
    ['a label in one language', { ...staff, label: { vi: 'Thẻ' } }, 'patterns.1.label.en: '],
  ])('go on without an entry with %s, which is named', (_what, entry, fault) => {
    const { patterns, faults } = toSitePatterns([student, entry, anything])
    expect(patterns.map(({ kind }) => kind)).toEqual(['x-student', 'x-any'])
    expect(faults).toEqual([expect.stringContaining(fault)])
  })

  it('may be 50', () => {
    const many = Array.from({ length: 51 }, (_, i) => ({ ...staff, kind: `x-${i}`, pattern: 'a' }))
    expect(kindsOf(...many)).toHaveLength(50)
    expect(faultsOf(...many)).toEqual(['patterns.50: expected at most 50 patterns'])
    expect(faultsOf(...many.slice(1))).toEqual([])
  })

  it.each([
    ['one', ['(?:\\pL*){500}']],
    ['one of nested counts', ['(?:(?:(?:a{10}){10}){10}){1}']],
    ['several together', ['(?:\\pL*){80}', '(?:\\pL*){80}', '(?:\\pL*){80}']],
  ])('end with the one that makes them too large: %s', (_what, patterns) => {
    const entries = patterns.map((pattern, i) => ({ kind: `x-${i}`, pattern, label }))
    const last = entries.length - 1
    expect(kindsOf(...entries, staff)).toEqual(entries.slice(0, -1).map(({ kind }) => kind))
    expect(faultsOf(...entries, staff)).toEqual([
      expect.stringContaining(`patterns.${last}.pattern: expected all patterns up to this one to be of at most 400`),
      expect.stringContaining(`patterns.${last + 1}.pattern: expected all patterns up to this one`),
    ])
  })

  it('are not even made after one that is too large', () => {
    const large = { kind: 'x-large', pattern: '(?:\\pL*){500}', label }
    expect(faultsOf(large, { ...staff, pattern: '(' })[1]).toContain('patterns.1.pattern: expected all patterns')
  })
})
