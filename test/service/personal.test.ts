import { generateKeyPairSync } from 'node:crypto'
import { compactDecrypt } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { canSeal } from '../../service/personal.ts'
import { builtInSite } from '../../service/site.ts'
import { SealingJwk } from '../../sync/protocol.ts'
import { codes } from '../support/codes.ts'
import { bhytExamples, cccdExamples, pccovidExamples } from '../support/examples.ts'
import { cccdOf } from '../support/people.ts'
import { fakeTime, makeLane } from './make-lane.ts'

describe('what a lane keeps of a person', () => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const sealTo = SealingJwk.parse(publicKey.export({ format: 'jwk' }))

  it('is sealed whole in a box that only the private key opens', async () => {
    const { read, store } = makeLane({ site: { sealTo } })
    await read(cccdExamples.card2021)
    const sealed = store.visits.read(1, 1)[0]?.personal?.sealed ?? ''
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, privateKey)
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM' })
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual({
      document: '001090000001',
      formerDocument: '010000001',
      name: 'Nguyễn Văn Mẫu',
      birthDate: '1990-01-15',
      sex: 'male',
      address: 'Số 1 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội',
      documentIssued: '2021-07-01',
    })
    const stranger = generateKeyPairSync('x25519').privateKey
    await expect(compactDecrypt(sealed, stranger)).rejects.toThrow()
  })

  it.each([
    ['a declaration', pccovidExamples.full, { insurance: 'GD4010000000001', phone: '0900000001' }],
    ['an insurance card', bhytExamples.card, { insurance: 'GD4010000000001', address: 'Số 1 phố Mẫu, Hà Nội' }],
  ])('is sealed whole of %s, too', async (_what, code, data) => {
    const { read, store } = makeLane({ site: { sealTo } })
    await read(code)
    const { plaintext } = await compactDecrypt(store.visits.read(1, 1)[0]?.personal?.sealed ?? '', privateKey)
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toMatchObject(data)
  })

  it('of a code that is none of a person is nothing', async () => {
    const { read, store } = makeLane({ site: { sealTo } })
    await read('https://example.com/menu')
    expect(store.visits.read(1, 1)[0]?.personal).toMatchObject({ subject: null, masked: {}, sealed: null })
  })

  it('needs a key that can be sealed to, which not every value of the right length is', async () => {
    expect(await canSeal(sealTo)).toBe(true)
    expect(await canSeal({ ...sealTo, x: 'A'.repeat(43) })).toBe(false)
  })

  it.each([
    ['sealed', { sealTo }],
    ['not sealed', {}],
  ])('stands masked everywhere else: in the stored row, on the screen and in the log (%s)', async (_how, site) => {
    const { lane, read, firstRow, lines } = makeLane({ site })
    await read(cccdExamples.card2021)
    const everything = JSON.stringify([firstRow(), lane.state, lines])
    expect(everything).toContain('Nguyễn Văn ***')
    for (const secret of ['Mẫu', '001090', '010000001', '1990-01', '15011990', 'Phúc Xá', '01072021']) {
      expect(everything).not.toContain(secret)
    }
  })

  it.each([
    ['a declaration', pccovidExamples.full, ['001090', 'MAU', '1990-01', '16300000', 'GD4010000', '0900000001']],
    ['an insurance card', bhytExamples.card, ['Mẫu', '4E6775', '15/01', '1990-01', 'Số 1', 'GD4010000', '0000000001']],
    ['a bar code of a number', '001090000001', ['001090', '90000001']],
    ['a payment code', codes.emv[1], ['9704', '00000000', 'Ve cong', '50000']],
    ['a code for Wi-Fi', codes.wifi[0], ['Quan Mau', 'matkhau']],
    ['a link', 'https://zalo.me/0900000001?secret=1', ['zalo.me', '0900000001', 'secret']],
    ['a one-time password', 'otpauth://totp/mau?secret=JBSWY3DP', ['totp', 'JBSWY3DP']],
    ['a code of nobody', 'Nguyễn Văn Mẫu 001090000001', ['Mẫu', '001090']],
  ])('is nothing that a code told in clear, of %s', async (_what, code, secrets) => {
    const accept = new Set(['pccovid', 'bhyt', 'barenum'])
    const rules = { ...builtInSite(new Uint8Array()).rules, accept }
    const { lane, read, firstRow, lines } = makeLane({ site: { sealTo, rules } })
    await read(code)
    const everything = JSON.stringify([firstRow(), lane.state, lines])
    expect(everything).toContain('verified')
    for (const secret of secrets) expect(everything).not.toContain(secret)
  })

  it('is another salt each time, and the same subject', async () => {
    fakeTime()
    const { read, store } = makeLane()
    await read(cccdOf(1))
    vi.advanceTimersByTime(5000)
    await read(cccdOf(1))
    const [first, second] = store.visits.read(1, 2).map(({ personal }) => personal)
    expect(first?.subject).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(second?.subject).toBe(first?.subject)
    expect(second?.salt).not.toBe(first?.salt)
  })
})
