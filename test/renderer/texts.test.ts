import { expect, test } from 'vitest'
import { Direction, LaneDirection, ReadingOutcome } from '../../contract/outcome.ts'
import { Fault } from '../../contract/state.ts'
import { direction, fault, say, word } from '../../renderer/texts.ts'
import en from '../../resources/translations/en.json' with { type: 'json' }
import vi from '../../resources/translations/vi.json' with { type: 'json' }

test('Both languages have the same keys', () => {
  expect(Object.keys(en)).toEqual(Object.keys(vi))
})

test('No text is empty or has blanks at its ends', () => {
  for (const text of [...Object.values(vi), ...Object.values(en)]) expect(text).toMatch(/^\S(.*\S)?$/)
})

test('Both languages take the same values', () => {
  const members = (texts: Record<string, string>) =>
    Object.entries(texts).map(([key, text]) => [key, [...text.matchAll(/\{\w+\}/g)].map(String).sort()])
  expect(members(en)).toEqual(members(vi))
})

test('Every outcome has its own word, and an admission one for each direction', () => {
  const words = ReadingOutcome.options.map((outcome) => word(outcome, 'in').vi)
  expect(words).toEqual(['MỜI VÀO', 'LƯU Ý', 'TỪ CHỐI'])
  expect(word('admitted', 'out').vi).toBe('MỜI RA')
  for (const outcome of ReadingOutcome.options)
    for (const way of Direction.options) expect(word(outcome, way).en).toBeTruthy()
})

test('Every fault says what is broken and what the staff can do', () => {
  const faults = [...Fault.options, 'disconnected' as const].map(fault)
  expect(new Set(faults.map(({ title }) => title.vi)).size).toBe(faults.length)
  for (const { staff } of faults) expect(staff.en.toLowerCase()).toContain('staff:')
})

test('Every direction of a lane has a text', () => {
  expect(LaneDirection.options.map((of) => direction(of).vi)).toEqual(['VÀO', 'RA', 'VÀO · RA'])
})

test('A value takes the place of its name, and text in a value is not read as a name', () => {
  expect(say('fault.refused.staff', { lanes: '{lanes} $&' }).en).toBe(
    'Staff: open the page with one of the lanes: {lanes} $&',
  )
})
