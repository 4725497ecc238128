import { readFileSync, statSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cells, headers } from '../../../service/export/columns.ts'
import { csv } from '../../../service/export/csv.ts'
import { writeNew } from '../../../service/export/new-file.ts'
import { rows } from '../../../service/export/rows.ts'
import { xlsx } from '../../../service/export/xlsx.ts'
import { tempFolder } from '../../support/folder.ts'
import { newFile, openFolder } from '../../support/offline-gate.ts'
import { draftOf } from '../store/drafts.ts'
import { unzip } from './unzip.ts'

async function csvOf(pages: string[][][]): Promise<string> {
  const file = newFile('visits.csv')
  expect(await writeNew(file, csv(['a'], pages))).toBeNull()
  return readFileSync(file, 'utf8')
}

async function sheetOf(pages: string[][][]): Promise<string> {
  const file = newFile('visits.xlsx')
  expect(await writeNew(file, xlsx(['a'], pages))).toBeNull()
  return unzip(readFileSync(file)).get('xl/worksheets/sheet1.xml') ?? ''
}

const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']

describe('a CSV file', () => {
  it('begins with a byte order mark, quotes as RFC 4180 has it, and ends its lines with CR LF', async () => {
    expect(await csvOf([[['Lê "Thử"', 'a,b\nc']], [['', 'd']]])).toBe('\ufeff"a"\r\n"Lê ""Thử""","a,b\nc"\r\n,"d"\r\n')
  })

  it.each(formulas)('has nothing that a spreadsheet takes for a formula: %j', async (formula) => {
    expect(await csvOf([[[formula]]])).toContain(`"'${formula}"`)
  })
})

describe('an Excel file', () => {
  it('holds every text as text, whatever it begins with', async () => {
    const sheet = await sheetOf([formulas.map((formula) => [formula])])
    const types = [...sheet.matchAll(/<c\b([^>]*)>/g)].map(([, type = '']) => type.trim())
    expect(new Set(types)).toEqual(new Set(['t="inlineStr"']))
    expect(sheet).toContain('<t xml:space="preserve">=1+1</t>')
    expect(sheet).not.toContain('<f')
  })

  it('is XML that any text at all leaves well formed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), async (text) => {
        const sheet = await sheetOf([[[text]]])
        // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 section 2.2 has no such characters.
        expect(sheet).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
        const [, cell = ''] = [...sheet.matchAll(/preserve">([^<]*)<\/t>/g)].map(([, found]) => found)
        const back = cell.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
        // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
        expect(back).toBe(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd'))
      }),
      { numRuns: 50 },
    )
  })

  it('holds what XML would take for its own', async () => {
    expect(await sheetOf([[['<b>&amp;']]])).toContain('>&#60;b&#62;&#38;amp;<')
  })

  it('has the parts that a workbook consists of, each with its checksum', async () => {
    const file = newFile('visits.xlsx')
    await writeNew(file, xlsx(['a'], [[['1'], ['2']], [], [['3']]]))
    const parts = unzip(readFileSync(file))
    expect([...parts.keys()].toSorted()).toEqual([
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
    ])
    expect(parts.get('xl/worksheets/sheet1.xml')?.match(/<row>/g)).toHaveLength(4)
  })

  it('of more visits than a sheet holds is not written, and says what to do', async () => {
    const file = newFile('visits.xlsx')
    const page = Array.from({ length: 500 }, () => [''])
    const pages = Array.from({ length: 2098 }, () => page)
    expect(await writeNew(file, xlsx(['a'], pages))).toMatch(/^an Excel sheet holds 1048575 visits .* --from and --to/)
    expect([statSync(file, { throwIfNoEntry: false }), statSync(`${file}.part`, { throwIfNoEntry: false })]).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe('the rows of a table', () => {
  const at = (day: string) => `2026-11-${day}T00:30:00.000+07:00`
  const made = async () => {
    const store = openFolder(tempFolder())
    for (const [person, day] of ['19', '20', '20', '21'].entries()) {
      await store.visits.append(() => ({ draft: draftOf(person, { at: at(day) }), person: null }))
    }
    store.exchange.acknowledge(3, [{ seq: 2, code: 'bad-visit', detail: 'gate: expected text' }])
    return store
  }
  const numbers = (pages: Iterable<string[][]>) => [...pages].flat().map(([seq]) => Number(seq))

  it('are those of the days asked for, by the calendar of the gate', async () => {
    const store = await made()
    expect(numbers(rows(store, { refused: false }))).toEqual([1, 2, 3, 4])
    expect(numbers(rows(store, { from: '2026-11-20', refused: false }))).toEqual([2, 3, 4])
    expect(numbers(rows(store, { from: '2026-11-20', to: '2026-11-20', refused: false }))).toEqual([2, 3])
  })

  it('can be those that the platform refused, with what it said', async () => {
    const [page = []] = rows(await made(), { refused: true })
    expect(page.map((row) => [row[0], ...row.slice(-2)])).toEqual([['2', 'rejected', 'bad-visit: gate: expected text']])
  })

  it('say of a person what the screens showed, and nothing once that was dropped', async () => {
    const store = await made()
    const shown = [...rows(store, { refused: false })].flat()
    const name = headers('en').indexOf('Name')
    expect(shown[1]?.slice(name, name + 3)).toEqual(['Nguyễn Văn ***', '******000001', '1990'])
    store.visits.purgePersonal()
    const [visit] = store.listed(1, 1)
    if (visit === undefined) throw new Error('expected a visit')
    expect(cells({ ...visit, refusal: undefined }).slice(name, name + 6)).toEqual(['', '', '', '', '', ''])
  })

  it('have as many headers as cells, in both languages', async () => {
    const [[row = []] = []] = rows(await made(), { refused: false })
    expect([headers('vi').length, headers('en').length]).toEqual([row.length, row.length])
  })
})
