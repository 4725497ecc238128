import type { Content } from './new-file.ts'
import { zip } from './zip.ts'

/** Excel's limits: rows of a sheet, one of which holds the headers; characters of a cell. */
const maxRows = 1_048_576 - 1
const maxText = 32_767

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const schemas = 'http://schemas.openxmlformats.org'
const office = `${schemas}/officeDocument/2006/relationships`
const main = `${schemas}/spreadsheetml/2006/main`
const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
const relationsType = 'application/vnd.openxmlformats-package.relationships+xml'

/** The least that a workbook of one sheet consists of (ECMA-376 part 1, 12.2 and 18; part 2, 9). */
const frame = {
  '[Content_Types].xml': `${xml}<Types xmlns="${schemas}/package/2006/content-types"><Default Extension="rels" ContentType="${relationsType}"/><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${types}.worksheet+xml"/></Types>`,
  '_rels/.rels': relations('officeDocument', 'xl/workbook.xml'),
  'xl/_rels/workbook.xml.rels': relations('worksheet', 'worksheets/sheet1.xml'),
  'xl/workbook.xml': `${xml}<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Gate Kiosk" sheetId="1" r:id="rId1"/></sheets></workbook>`,
}

function relations(type: string, target: string): string {
  return `${xml}<Relationships xmlns="${schemas}/package/2006/relationships"><Relationship Id="rId1" Type="${office}/${type}" Target="${target}"/></Relationships>`
}

/**
 * An Excel workbook with one sheet. Every cell is text, which Excel never takes for a formula. (Its own writer, for those
 * of the registry hold the whole sheet in memory: a million visits would take gigabytes.)
 */
export async function* xlsx(headers: string[], pages: Iterable<string[][]>): Content {
  let left = maxRows
  function* sheet(): Generator<string> {
    yield `${xml}<worksheet xmlns="${main}"><sheetData>${row(headers)}`
    for (const page of pages) {
      left -= page.length
      if (left < 0) return
      yield page.map(row).join('')
    }
    yield '</sheetData></worksheet>'
  }
  const plain = Object.entries(frame).map(([name, text]) => ({ name, text: [text] }))
  for (const bytes of zip([...plain, { name: 'xl/worksheets/sheet1.xml', text: sheet() }])) {
    if (left < 0) return `an Excel sheet holds ${maxRows} visits and these are more: choose --from and --to, or csv`
    yield bytes
  }
  return null
}

function row(cells: string[]): string {
  return `<row>${cells.map(cell).join('')}</row>`
}

function cell(text: string): string {
  return text === ''
    ? '<c/>'
    : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text.slice(0, maxText))}</t></is></c>`
}

/** XML 1.0 has no way to write most control characters and no lone surrogates. */
function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must not be there.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
  )
}
