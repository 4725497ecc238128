import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applications } from '../../drivers/discovery/applications.ts'

describe('the uses of a HID device', () => {
  it('are those of its application collections, not of the collections inside', () => {
    const nested = Buffer.from('05010902a1010901a100c0c0', 'hex')
    expect(applications(nested)).toEqual([{ usagePage: 1, usage: 2 }])
  })

  it('may be written in 32 bits with their page, or stand behind a long item', () => {
    expect(applications(Buffer.from('05010b02008c00a101c0', 'hex'))).toEqual([{ usagePage: 0x8c, usage: 2 }])
    expect(applications(Buffer.from('fe04000906a101058c0902a101c0', 'hex'))).toEqual([{ usagePage: 0x8c, usage: 2 }])
  })

  it('are few, however many the descriptor promises', () => {
    const many = Array.from({ length: 200 }, (_, usage) => [0x09, usage, 0xa1, 0x01, 0xc0])
    expect(applications(Uint8Array.from(many.flat()))).toHaveLength(16)
  })

  it('are those before what is cut off, and whatever the bytes are there is an answer', () => {
    expect(applications(Buffer.from('058c0902a101fe', 'hex'))).toEqual([{ usagePage: 0x8c, usage: 2 }])
    fc.assert(fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => applications(bytes).length <= 16))
  })
})
