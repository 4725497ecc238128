import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRfc3339 } from '../../service/time.ts'

const at = new Date('2026-11-21T01:30:00.007Z')

describe('the time of a visit', () => {
  it.each([
    ['Asia/Ho_Chi_Minh', '2026-11-21T08:30:00.007+07:00'],
    ['UTC', '2026-11-21T01:30:00.007+00:00'],
    ['America/St_Johns', '2026-11-20T22:00:00.007-03:30'],
    ['Asia/Kathmandu', '2026-11-21T07:15:00.007+05:45'],
    ['Pacific/Kiritimati', '2026-11-21T15:30:00.007+14:00'],
  ])('is written with the offset of %s', (timeZone, text) => {
    expect(toRfc3339(at, timeZone)).toBe(text)
  })

  it('follows summer time', () => {
    expect(toRfc3339(new Date('2026-07-01T12:00:00Z'), 'Europe/Paris')).toBe('2026-07-01T14:00:00.000+02:00')
    expect(toRfc3339(new Date('2026-12-01T12:00:00Z'), 'Europe/Paris')).toBe('2026-12-01T13:00:00.000+01:00')
  })

  it('is UTC in a time zone that the system does not know', () => {
    expect(toRfc3339(at, 'Asia/Nowhere')).toBe('2026-11-21T01:30:00.007+00:00')
    expect(toRfc3339(at, '')).toBe('2026-11-21T01:30:00.007+00:00')
  })

  it('means the same moment in every zone', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
    const times = fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(times, zones, (time, zone) => {
        expect(Date.parse(toRfc3339(time, zone))).toBe(time.getTime())
      }),
    )
  })
})
