import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Masked } from '../../contract/outcome.ts'
import { Facts } from '../../renderer/facts.tsx'
import { verdict } from './fixtures.ts'

/** What is said about this person, in Vietnamese where there are two languages: label and value. */
function factsOf(masked: Masked): string[] {
  const props = { verdict: { ...verdict, masked }, timeZone: 'Asia/Ho_Chi_Minh' }
  const facts = renderToStaticMarkup(createElement(Facts, props)).split('<div class="fact">').slice(1)
  return facts.map((fact) =>
    fact
      .replaceAll(/ <span lang="en">.*?<\/span>/g, '')
      .replaceAll('</dt>', ': ')
      .replaceAll(/<.*?>/g, ''),
  )
}

const always = ['Thời gian: 08:05:12 21/11/2026', 'Loại mã: Thẻ căn cước']

test('A code that tells nothing of a person shows when it was read and what it is', () => {
  expect(factsOf({})).toEqual(always)
})

test('Everything that a code tells of a person is shown, masked as it came', () => {
  const masked = { birthYear: 1990, sex: 'female', document: '******000001', phone: '0900******' } as const
  expect(factsOf({ ...masked, address: '***, Hà Nội' })).toEqual([
    'Năm sinh: 1990',
    'Giới tính: Nữ',
    'Giấy tờ: ******000001',
    'Điện thoại: 0900******',
    'Địa chỉ: ***, Hà Nội',
    ...always,
  ])
})

test('A certificate says what it certifies, and a vaccination the dose as far as it is known', () => {
  const certificate = (of: NonNullable<Masked['certificate']>) => factsOf({ certificate: of })[0]
  expect(certificate({ type: 'vaccination', dose: 2, doses: 3 })).toBe('Chứng nhận: Tiêm chủng, mũi 2/3')
  expect(certificate({ type: 'vaccination', dose: 2 })).toBe('Chứng nhận: Tiêm chủng, mũi 2')
  expect(certificate({ type: 'vaccination' })).toBe('Chứng nhận: Tiêm chủng')
  expect(certificate({ type: 'test' })).toBe('Chứng nhận: Xét nghiệm')
  expect(certificate({ type: 'recovery' })).toBe('Chứng nhận: Khỏi bệnh')
})
