import { format, inspect } from 'node:util'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../../service/credentials/index.ts'
import { documentId, idsOf, insuranceId, Person } from '../../../service/credentials/person.ts'
import { trusting } from '../../support/trust.ts'

const data = { name: 'Nguyễn Văn Mẫu', document: '001090000001', birthDate: '1990-01-15' }
const person = new Person(['vn:001090000001', 'cmnd:010000001'], data)
const credential = { kind: 'cccd', person }

function logged(value: object): string {
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) })
  log.info(value)
  log.error({ err: new Error('failed', { cause: value }) })
  return lines.join('')
}

describe('a person', () => {
  it.each([
    ['JSON', () => JSON.stringify({ credential, list: [person] })],
    ['inspection', () => inspect({ credential }, { depth: null, showHidden: true })],
    ['formatting', () => format('%s %j %o %O', person, person, person, person)],
    ['a template string', () => `${person}`],
    ['concatenation', () => [person, 'x'].join()],
    ['its own members', () => inspect([Object.entries(person), Reflect.ownKeys(person), { ...person }])],
    ['a structured clone', () => inspect(structuredClone(person), { showHidden: true })],
    ['the log', () => logged({ credential, person })],
    ['an error', () => inspect(new Error('failed', { cause: { credential } }), { showHidden: true })],
  ])('does not get out through %s', (_way, print) => {
    const text = print()
    for (const secret of [...Object.values(data), 'Mẫu', '000001']) expect(text).not.toContain(secret)
    expect(text.length).toBeGreaterThan(0)
  })

  it('is known by the same keyed hash in every code, and by another under another key', () => {
    const [first, second] = [new Uint8Array(32), new Uint8Array(32).fill(1)]
    const [subject, former] = person.subjects(first)
    expect(subject).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(new Person(['vn:001090000001'], {}).subjects(first)).toEqual([subject])
    expect(new Person(['cmnd:010000001', 'qid:1'], {}).subjects(first)[0]).toBe(former)
    expect(new Person(['vn:001090000002'], data).subjects(first)[0]).not.toBe(subject)
    expect(person.subjects(second)).not.toContain(subject)
  })

  it.each([
    [['vn:001090000001'], true],
    [['cmnd:010000001', 'qid:1'], true],
    [['doc:B0000001'], true],
    [['qid:1', 'vn:001090000001'], false],
    [['bhxh:0100000001'], false],
    [['phone:0900000001'], false],
    [['cti:doc:vn:1'], false],
  ] as const)('is documented where the strongest id is of an identity document: %j', (ids, documented) => {
    expect(new Person(ids, data).documented).toBe(documented)
  })

  it('stays wrapped in the credential that a code gives', () => {
    const code = '001090000001||Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu|01072021'
    const text = inspect(readCredential(Buffer.from(code), trusting([], new Date())), { depth: null })
    expect(text).toContain('Nguyễn Văn ***')
    for (const secret of ['Mẫu', '001090', '1990-01']) expect(text).not.toContain(secret)
  })
})

describe('the canonical id of a number', () => {
  it.each([
    ['001090000001', 'vn:001090000001'],
    ['010000001', 'cmnd:010000001'],
    ['B0000001', 'doc:B0000001'],
    ['******000001', null],
    ['', null],
    ['b0000001', null],
    ['٠٠١٠٩٠٠٠٠٠٠١', null],
    ['001090000001\n', null],
  ])('of an identity document %j is %s', (number, id) => {
    expect(documentId(number)).toBe(id)
  })

  it.each([
    ['GD4010000000001', 'bhxh:0000000001'],
    ['0000000001', 'bhxh:0000000001'],
    ['GD4010*********', null],
    ['******0001', null],
    ['gd4010000000001', null],
    ['', null],
  ])('of an insured person %j is %s', (number, id) => {
    expect(insuranceId(number)).toBe(id)
  })

  it('is the first that is known, or what stands in for all of them', () => {
    expect(idsOf([null, 'qid:1', null, 'bhxh:1'], 'x')).toEqual(['qid:1', 'bhxh:1'])
    expect(idsOf([null, null], 'cti:1')).toEqual(['cti:1'])
  })
})
