import type { Issuer } from '../../sync/protocol.ts'

/** Codes of citizen cards in every form seen; the people are invented. */
export const cccdExamples = {
  card2021: '001090000001|010000001|Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội|01072021',
  noFormer: '079185000002||Trần Thị Ví Dụ|20111985|Nữ|2/3 đường Thử, Phường 1, Quận 3, TP. Hồ Chí Minh|10082022',
  card2024: '048090000003|200000003|Lê Thử Nghiệm|02091990|Nam|Tổ 4, Hòa Cường, Đà Nẵng|04102024||||',
  child: '001320000004||Phạm Bé Mẫu|05052020|Nữ|Phường Ví Dụ, Hà Nội|15092024||Phạm Cha Mẫu|Đỗ Mẹ Mẫu|',
  sixFields: '094083000005|Nguyễn Zalo Mẫu|21/03/1983|Nam|Khóm 2, Phường 9, TP Sóc Trăng|06/04/2021',
} as const

/** Codes that the apps of the epidemic shared; the people are invented. */
export const pccovidExamples = {
  full: '001090000001|NGUYEN VAN MAU|1990-01-15|0|163000000000000001|<1<GD4010000000001<0900000001<',
  masked: '******000002|TRAN THI VI DU|1985-**-**|0|163000000000000002|<2<GD4010*********<0900******<',
  declaredForAnother: 'B0000001|LE THU NGHIEM|2001-12-31|1|163000000000000003|163000000000000001<0<<0900000003',
  noExtension: '010000001|PHAM VI DU|1970/6/5|0|163000000000000004|',
} as const

/** Codes of health-insurance cards in every form seen; the people are invented. */
export const bhytExamples = {
  card: 'GD4010000000001|4E677579E1BB856E2056C4836E204DE1BAAB75|15/01/1990|1|53E1BB912031207068E1BB91204DE1BAAB752C2048C3A0204EE1BB9969|01 - 001|01/01/2019|-|01/01/2019|01000100000000|-|4|01/01/2024|0123456789abcdef-1202|$',
  seventeenFields:
    '0100000001|5472e1baa76e205468e1bb8b2056c3ad2044e1bba5|20/11/1985|2|-|01 - 001|01/01/2024|-|01/01/2024|01000100000001|-|4| 01/01/2029|0123456789abcdef-1202|4|5175e1baad6e20426120c490c3ac6e682c205468c3a06e68207068e1bb912048c3a0204ee1bb9969|$',
  yearOnly:
    '0100000002|4cc3aa205468e1bbad204e676869e1bb876d|1950|1|-|79 - 001|01/01/2024|-|01/01/2024|01000100000002|-|4|-|0123456789abcdef-1202|4|-|$',
} as const

/** Links to invented health declarations. */
export const kbytExamples = {
  view: 'https://kbytcq.khambenh.gov.vn/#tokhai_yte/view?id=00000000-0000-4000-8000-000000000001',
  query: 'https://kbyt.khambenh.gov.vn/?id=00000000-0000-4000-8000-000000000002',
  checkIn: 'https://kbytcq.khambenh.gov.vn/#checkin?x=1&id=00000000-0000-4000-8000-000000000003',
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
