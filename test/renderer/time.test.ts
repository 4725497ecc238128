import { expect, test } from 'vitest'
import { formatTime } from '../../renderer/time.ts'

const at = '2026-11-21T17:05:12.123Z'

test('Times are shown in the zone of the site, with 24 hours', () => {
  expect(formatTime(at, 'Asia/Ho_Chi_Minh', 'clock')).toBe('00:05')
  expect(formatTime(at, 'Asia/Ho_Chi_Minh', 'visit')).toBe('00:05:12 22/11/2026')
  expect(formatTime(at, 'UTC', 'visit')).toBe('17:05:12 21/11/2026')
})

test('A zone that this machine does not know is read as Vietnamese time', () => {
  expect(formatTime(at, 'No/Where', 'moment')).toBe('00:05 22/11/2026')
})

test('What is not a time shows nothing', () => {
  expect(formatTime('yesterday', 'UTC', 'clock')).toBe('')
})
