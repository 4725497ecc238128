import { expect, it } from 'vitest'
import { Hints } from '../../renderer/camera/hint.ts'

/** The hint after pictures in the light, each `u` (an unread code), `.` (none) or `R` (one that is read). */
function after(pictures: string, hints = new Hints()) {
  const codes = { u: 'unread', '.': 'none', R: 'read' } as const
  for (const picture of pictures) {
    if (picture !== 'u' && picture !== '.' && picture !== 'R') throw new Error(picture)
    hints.after({ brightness: 120, code: codes[picture] })
  }
  return hints.after({ brightness: 120, code: 'none' })
}

it('asks for the frame while there is no code, or one that is read', () => {
  expect(after('')).toBe('frame')
  expect(after('.'.repeat(100))).toBe('frame')
  expect(after('R'.repeat(100))).toBe('frame')
})

it('says that a code cannot be read after a second of it, and not before', () => {
  expect(after('u'.repeat(28))).toBe('frame')
  expect(after('u'.repeat(29))).toBe('unread')
})

it('takes a code for in view that is found now and then, and for gone after half a second', () => {
  expect(after('u.........'.repeat(4))).toBe('unread')
  expect(after(`${'u'.repeat(60)}${'.'.repeat(14)}`)).toBe('unread')
  expect(after(`${'u'.repeat(60)}${'.'.repeat(15)}`)).toBe('frame')
  expect(after(`u${'.'.repeat(20)}`.repeat(10))).toBe('frame')
})

it('says so no more at once when the code is read, and waits a second again', () => {
  expect(after(`${'u'.repeat(60)}R`)).toBe('frame')
  expect(after(`${'u'.repeat(60)}R${'u'.repeat(28)}`)).toBe('frame')
})

it('asks for light below 35 of 255, until there is more than 45, whatever code is in view', () => {
  const hints = new Hints()
  const at = (brightness: number) => hints.after({ brightness, code: 'unread' })
  for (let n = 0; n < 60; n++) at(120)
  expect([36, 34, 44, 46].map(at)).toEqual(['unread', 'dark', 'dark', 'unread'])
})
