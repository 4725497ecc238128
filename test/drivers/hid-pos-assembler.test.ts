import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { UsbInfo } from '../../drivers/readers/driver.ts'
import { maxMessageBytes } from '../../drivers/readers/framing.ts'
import { Assembler } from '../../drivers/readers/hid-pos/assembler.ts'
import { parseDescriptor } from '../../drivers/readers/hid-pos/descriptor.ts'
import { layoutsOf } from '../../drivers/readers/hid-pos/layouts.ts'
import { cccdOf } from '../support/people.ts'
import { descriptors, reportsOf, type ShapeName, shapeNames } from './hid-pos-reports.ts'

type How = 'by the descriptor' | 'by the vendor' | 'by its looks'

const vendors = { honeywell: '0c2e', newland: '1eab', shifted: null, uncounted: null }
const usbOf = (vendorId: string): UsbInfo => ({ vendorId, productId: '0001', serialNumber: null, port: null })

function assembler(shape: ShapeName, how: How): Assembler {
  const vendor = how === 'by the vendor' ? vendors[shape] : null
  const fields = how === 'by the descriptor' ? parseDescriptor(descriptors[shape]) : []
  return new Assembler(layoutsOf(fields, vendor === null ? null : usbOf(vendor)))
}

const cases = shapeNames.flatMap((shape) => {
  const hows: How[] = vendors[shape] === null ? [] : ['by the vendor']
  return [...hows, 'by the descriptor' as const, 'by its looks' as const].map((how) => [shape, how] as const)
})

/** What was read, as text, without the identifier that the shape brings along. */
function read(parts: Assembler, reports: readonly Uint8Array[]): string[] {
  return reports.flatMap((report) => textOf(parts.push(report)))
}

function textOf(framed: ReturnType<Assembler['push']>): string[] {
  if (framed === null) return []
  return [framed.kind === 'overlong' ? 'OVERLONG' : Buffer.from(framed.bytes).toString('utf8').replace(/^\]Q1/, '')]
}

describe.each(cases)('reports of the %s layout, known %s,', (shape, how) => {
  it.each([1, 55, 56, 57, 112, 113, 1093])('give a code of %i characters', (length) => {
    const code = `HC1:${'6BF+70790T9WJWG'.repeat(80)}`.slice(0, length)
    const reports = reportsOf(code, shape)
    expect(reports.length).toBe(Math.ceil(length / 56))
    expect(read(assembler(shape, how), [...reports, ...reports])).toEqual([code, code])
  })

  it.each([56, 112])('of a clone give a code of %i characters at silence', (length) => {
    const parts = assembler(shape, how)
    const code = 'M'.repeat(length)
    expect(read(parts, reportsOf(code, shape, true))).toEqual([])
    expect(parts.begun).toBe(true)
    expect(textOf(parts.silence())).toEqual([code])
    expect(parts.begun).toBe(false)
    expect(read(parts, reportsOf('next', shape))).toEqual(['next'])
  })

  it('join letters that two reports share', () => {
    const code = `${'x'.repeat(55)}ễ|${cccdOf(1)}`
    expect(read(assembler(shape, how), reportsOf(code, shape))).toEqual([code])
  })

  it('lose one CR at the end and keep those inside', () => {
    const card = 'BEGIN:VCARD\r\nFN:Lê Thử\r\nEND:VCARD'
    const reports = [`${card}\r`, 'two\r\r'].flatMap((code) => reportsOf(code, shape))
    expect(read(assembler(shape, how), reports)).toEqual([card, 'two\r'])
  })

  it('of a code that is too long are told once, and the next code is read', () => {
    const parts = assembler(shape, how)
    const reports = ['A'.repeat(3 * maxMessageBytes), 'next'].flatMap((code) => reportsOf(code, shape))
    expect(read(parts, reports)).toEqual(['OVERLONG', 'next'])
  })

  it('that hold nothing give nothing', () => {
    const parts = assembler(shape, how)
    const [empty = new Uint8Array()] = reportsOf('', shape, true).concat(new Uint8Array(64))
    for (const report of [empty, empty.subarray(0, 1), new Uint8Array()]) parts.push(report)
    expect(parts.silence()).toBeNull()
  })

  it('give the codes that were shown, whatever they are', () => {
    // Two spaces in front, so that no code begins with an identifier, and nothing at the end that is cut.
    const code = fc.string({ minLength: 0, maxLength: 600, unit: 'grapheme' }).map((text) => `  ${text}.`)
    fc.assert(
      fc.property(fc.array(code, { maxLength: 4 }), (codes) => {
        expect(
          read(
            assembler(shape, how),
            codes.flatMap((text) => reportsOf(text, shape)),
          ),
        ).toEqual(codes)
      }),
    )
  })
})

describe('the assembler', () => {
  const bytesOf = (shape: ShapeName, how: How, code: Uint8Array | string) =>
    reportsOf(code, shape).flatMap((report) => {
      const framed = assembler(shape, how).push(report)
      return framed?.kind === 'message' ? [...framed.bytes] : []
    })

  it.each(['honeywell', 'shifted', 'uncounted'] as const)('puts the identifier in front: %s', (shape) => {
    expect(Buffer.from(bytesOf(shape, 'by the descriptor', 'x')).toString()).toBe(']Q1x')
    expect(Buffer.from(bytesOf(shape, 'by its looks', 'x')).toString()).toBe(']Q1x')
  })

  it('leaves out what stands in the place of the identifier and is none', () => {
    const parts = assembler('honeywell', 'by the descriptor')
    const [report = new Uint8Array()] = reportsOf('x', 'honeywell')
    report.fill(0, 2, 5)
    expect(read(parts, [report])).toEqual(['x'])
  })

  it('keeps NULs that are counted and cuts those that fill a report', () => {
    const bytes = Uint8Array.of(1, 0, 2, 0, 0)
    expect(bytesOf('newland', 'by the descriptor', bytes)).toEqual([...bytes])
    expect(bytesOf('honeywell', 'by the vendor', bytes)).toEqual([...Buffer.from(']Q1'), ...bytes])
    expect(bytesOf('uncounted', 'by the descriptor', bytes)).toEqual([...Buffer.from(']Q1'), 1, 0, 2])
  })

  it.each(['x', 'x'.repeat(53)])('knows data that itself begins with an identifier by its count', (code) => {
    expect(Buffer.from(bytesOf('newland', 'by its looks', `]Q1${code}`)).toString()).toBe(`]Q1${code}`)
  })

  it('takes a report that looks like none of them for data, up to silence', () => {
    const parts = assembler('newland', 'by its looks')
    const report = new Uint8Array(64)
    report.set(Buffer.from('no layout at all'), 1)
    expect(read(parts, [report])).toEqual([])
    expect(textOf(parts.silence())).toEqual(['no layout at all'])
  })

  it('knows a report by the one that began its message, whatever it looks like itself', () => {
    const code = `${'x'.repeat(56)}y]Q1z`
    expect(read(assembler('newland', 'by its looks'), reportsOf(code, 'newland'))).toEqual([code])
  })

  it('waits for silence behind a report that ends before its flag', () => {
    const parts = assembler('newland', 'by the vendor')
    const reports = reportsOf('short', 'newland').map((report) => report.subarray(0, 40))
    expect(read(parts, reports)).toEqual([])
    expect(textOf(parts.silence())).toEqual(['short'])
  })

  it('takes no other report of a known reader for data', () => {
    for (const how of ['by the vendor', 'by the descriptor'] as const) {
      const parts = assembler('honeywell', how)
      const [first = new Uint8Array(), ...rest] = reportsOf(cccdOf(2), 'honeywell')
      const status = Uint8Array.of(3, 1, 2, 3)
      expect(read(parts, [status, first, status, ...rest, status])).toEqual([cccdOf(2)])
    }
  })

  it('says of any report what it is without an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 20 }), (reports) => {
        for (const [shape, how] of cases) {
          const parts = assembler(shape, how)
          for (const report of reports) parts.push(report)
          parts.silence()
        }
      }),
    )
  })
})
