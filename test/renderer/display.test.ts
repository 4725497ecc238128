import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clean, nameSize } from '../../renderer/display.ts'

const bidiAndControl = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u

test('No control or bidi character survives, whatever the text', () => {
  const hostile = fc.string({
    unit: fc.oneof(fc.constantFrom('\u202e', '\u2066', '\ufeff', '\0', '\u200f', '\n'), fc.string()),
  })
  fc.assert(fc.property(hostile, (text) => !bidiAndControl.test(clean(text))))
})

test('Every other character stays, in its order', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(clean(text)).toBe(text.replaceAll(new RegExp(bidiAndControl, 'gu'), ''))
    }),
  )
})

test('Vietnamese names and masks are left alone', () => {
  expect(clean('Đặng Thị Ngọc ***')).toBe('Đặng Thị Ngọc ***')
})

test('A name that turns the reading direction is shown without the turn', () => {
  expect(clean('Nguyễn \u202eăV\u202c ***')).toBe('Nguyễn ăV ***')
})

test('Markup is text and stays as it was written', () => {
  expect(clean('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>')
})

test('A longer name never gets a larger type', () => {
  const order = ['short', 'medium', 'long', 'longest']
  fc.assert(
    fc.property(fc.nat(300), fc.nat(300), (a, b) => {
      const [shorter, longer] = [Math.min(a, b), Math.max(a, b)]
      expect(order.indexOf(nameSize('x'.repeat(shorter)))).toBeLessThanOrEqual(
        order.indexOf(nameSize('x'.repeat(longer))),
      )
    }),
  )
})

test('An ordinary masked name gets the largest type and a hundred letters the smallest', () => {
  expect(nameSize('Nguyễn Văn ***')).toBe('short')
  expect(nameSize('W'.repeat(100))).toBe('longest')
})
