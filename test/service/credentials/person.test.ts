import { format, inspect } from 'node:util'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../../service/credentials/index.ts'
import { Person } from '../../../service/credentials/person.ts'

const data = { name: 'Nguyễn Văn Mẫu', document: '001090000001', birthDate: '1990-01-15' }
const person = new Person('vn:001090000001', data)
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
    expect(person.subject(first)).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(new Person('vn:001090000001', {}).subject(first)).toBe(person.subject(first))
    expect(new Person('vn:001090000002', data).subject(first)).not.toBe(person.subject(first))
    expect(person.subject(second)).not.toBe(person.subject(first))
  })

  it('stays wrapped in the credential that a code gives', () => {
    const code = '001090000001||Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu|01072021'
    const text = inspect(readCredential(Buffer.from(code), { issuers: [], now: new Date() }), { depth: null })
    expect(text).toContain('Nguyễn Văn ***')
    for (const secret of ['Mẫu', '001090', '1990-01']) expect(text).not.toContain(secret)
  })
})
