import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Masked } from '../../../contract/outcome.ts'
import { mask } from '../../../service/credentials/mask.ts'
import type { PersonData } from '../../../service/credentials/person.ts'
import { anyCard } from '../../support/people.ts'

describe('masking', () => {
  it.each<[string, PersonData, Masked]>([
    ['the given name', { name: 'Nguyễn Văn Mẫu' }, { name: 'Nguyễn Văn ***' }],
    ['a name of one word', { name: 'Mẫu' }, { name: '***' }],
    ['the given name, whatever spaces stand around it', { name: ' Nguyễn  Mẫu\u00a0' }, { name: 'Nguyễn ***' }],
    ['the given name before a dash', { name: 'Nguyễn Văn Mẫu -' }, { name: 'Nguyễn Văn ***' }],
    ['a name without letters', { name: '- .' }, { name: '***' }],
    ['the first six digits of a citizen', { document: '001090000001' }, { document: '******000001' }],
    ['the first six characters of a passport', { document: 'B0000001' }, { document: '******01' }],
    ['a short number whole', { document: 'B0001' }, { document: '*****' }],
    ['what a code has masked already', { document: '******000002' }, { document: '******000002' }],
    ['day and month of birth', { birthDate: '1990-01-15' }, { birthYear: 1990 }],
    ['nothing of a year alone', { birthDate: '1990-00-00' }, { birthYear: 1990 }],
    ['nothing of the sex', { sex: 'female' }, { sex: 'female' }],
    ['all but four digits of a phone', { phone: '0900000001' }, { phone: '0900******' }],
    ['the holder of an insurance card', { insurance: 'GD4010000000001' }, { document: 'GD4010*********' }],
    ['the first six digits of an insured person', { insurance: '0100000001' }, { document: '******0001' }],
    ['an insured person that is masked half', { insurance: '0100******' }, { document: '**********' }],
    [
      'the insurance where there is a document',
      { document: 'B0000001', insurance: '0100000001' },
      { document: '******01' },
    ],
    ['all but the province', { address: 'Số 1 phố Mẫu, Ba Đình, Hà Nội' }, { address: '***, Hà Nội' }],
    ['all but the province before a comma', { address: 'Số 1 phố Mẫu, Hà Nội, ' }, { address: '***, Hà Nội' }],
    ['an address of one part', { address: 'Số 1 phố Mẫu,' }, { address: '***' }],
    ['a street behind a comma', { address: ', Phố Hàng Mẫu' }, { address: '***' }],
    ['a commune', { address: 'Thôn Mẫu, Xã Mẫu' }, { address: '***' }],
    ['a name where the province should be', { address: 'Số 5, Con ông Trần Văn Mật' }, { address: '***' }],
    ['not the sort of a province', { address: 'Ba Đình, TP. Hồ Chí Minh' }, { address: '***, TP. Hồ Chí Minh' }],
    ['not a province in another spelling', { address: 'Số 1, Tỉnh Hoà Bình' }, { address: '***, Tỉnh Hoà Bình' }],
    ['not a province without marks', { address: 'So 1, DAK LAK' }, { address: '***, DAK LAK' }],
    ['a street where the province should be', { address: 'Ba Đình, Số 1 phố Mẫu' }, { address: '***' }],
    ['what a torn card put into the address', { address: 'Hà Nội, Hà Nội;001090000001' }, { address: '***' }],
    ['the old number and the date of issue', { formerDocument: '010000001', documentIssued: '2021-07-01' }, {}],
    ['nothing of nothing', {}, {}],
  ])('hides %s', (_what, person, masked) => {
    expect(mask(person)).toEqual(masked)
  })

  it('lets a certificate be seen', () => {
    const certificate = { type: 'vaccination', dose: 2, doses: 2 } as const
    expect(mask({ certificate })).toEqual({ certificate })
  })

  it('shows of nobody the given name, the first six digits, day and month, or the street', () => {
    fc.assert(
      fc.property(anyCard, ({ document, former, name, address }) => {
        const person = { document, formerDocument: former, name: `${name} Zz`, birthDate: '1990-12-31', address }
        const masked = mask(person)
        expect(JSON.stringify(masked)).not.toMatch(/Zz|12-31|Tổ 4|2\/3/)
        expect(masked).toMatchObject({ name: `${name} ***`, document: `******${document.slice(6)}`, birthYear: 1990 })
      }),
    )
  })
})
