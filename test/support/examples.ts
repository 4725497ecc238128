import type { Issuer } from '../../sync/protocol.ts'

/** Codes of citizen cards in every form seen; the people are invented. */
export const cccdExamples = {
  card2021: '001090000001|010000001|Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội|01072021',
  noFormer: '079185000002||Trần Thị Ví Dụ|20111985|Nữ|2/3 đường Thử, Phường 1, Quận 3, TP. Hồ Chí Minh|10082022',
  card2024: '048090000003|200000003|Lê Thử Nghiệm|02091990|Nam|Tổ 4, Hòa Cường, Đà Nẵng|04102024||||',
  child: '001320000004||Phạm Bé Mẫu|05052020|Nữ|Phường Ví Dụ, Hà Nội|15092024||Phạm Cha Mẫu|Đỗ Mẹ Mẫu|',
  sixFields: '094083000005|Nguyễn Zalo Mẫu|21/03/1983|Nam|Khóm 2, Phường 9, TP Sóc Trăng|06/04/2021',
} as const

/** Codes signed with the public test key 1 of RFC 8032, by another program than ours, at 2026-11-21T00:00:00Z. */
export const signedExamples = {
  /** With name, birth date and sex; 180 days. */
  named:
    'VNG1:RRQT 9P60GO0HD4WD6ZHKYNK8CK0U7-70:+A009FN00TD0V5WY0WNDS8SJ-0000000000100D53HRKN.D 09%CBK*9V+AK*9MY9XXAX7DOA7646%96WV6T704788KE4ZFZO6M/CA940 D 6S5F1 UO7AQ J0V/ST74GK7:*1YYBEX9QHKPVS2%IBW5HP7CL2M43W7PNDB3/4V8GXFR6LKFYDB0',
  /** Without personal data; 180 days. */
  opaque:
    'VNG1:RRQT 9P60GO0HD4WD6ZHKYNK7CKHRKDF3/4U600DF3/40700R49000000000FD0V88EVH2OQ3MM4US4W3V%POZDMMB53AHAVIQB/DEPJL.+2A04:E2EVBXTRS1RN.O4-88I6V*TRJJ6EDMYG124JO1F%EYY5OWKA0',
  /** Without personal data; 120 seconds. */
  screen:
    'VNG1:RRQT 9P60GO0HD4WD6ZHKYNK7CKHRKDF3/40 7FDF3/40700R490000000001J0I983682$H1IS7*QJ4H9:4/%9UGTELAG03%NEQY1VOHVS6SM8SY8RNV.EBYY1$QAKBRACRSZGN0E9$E3W9F1MFWJ* KXUDME680',
} as const

export const signedAt = new Date('2026-11-21T00:00:00Z')

/** The trust entry for `signedExamples`. */
export const exampleIssuer: Issuer = {
  kid: Buffer.from('21fe31dfa154a261', 'hex').toString('base64url'),
  key: {
    kty: 'OKP',
    crv: 'Ed25519',
    x: Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex').toString('base64url'),
  },
  iss: 'VNG1',
  from: '2026-01-01T00:00:00Z',
  to: '2027-12-31T00:00:00Z',
}
