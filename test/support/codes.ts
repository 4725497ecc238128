import type { CodeKind } from '../../contract/code.ts'
import { bhytExamples, cccdExamples, kbytExamples, pccovidExamples, signedExamples } from './examples.ts'

/**
 * Codes of every kind that the product knows, as their public descriptions show them. Every person is invented; the signed
 * ones are signed by the test key of RFC 8032, section 7.1. Certificates are made by `dcc.ts`; goods are known by the reader
 * alone.
 */
export const codes = {
  cccd: Object.values(cccdExamples),
  pccovid: Object.values(pccovidExamples),
  kbyt: Object.values(kbytExamples),
  venue: [
    'https://kbytcq.khambenh.gov.vn/#tokhai_yte/model?&o=00000000-0000-4000-8000-00000000000a&dd_id=00000000-0000-4000-8000-00000000000b&n=TRUONG%20MAU&stt=1',
    'https://qr.tokhaiyte.vn/dkdd',
    'https://qr.pccovid.gov.vn/abc123',
  ],
  bhyt: Object.values(bhytExamples),
  shc: [
    'shc:/5676290952432060346029243740446031222959532654603460292540772804336029120175',
    'shc:/1/2/56762909524320603460',
    'SHC:/567629',
  ],
  vdsnc: [
    '{"data":{"hdr":{"t":"icao.vacc","v":1,"is":"UTO"},"msg":{"uvci":"U00001","pid":{"n":"Mau Van","dob":"1990-01-02","sex":"M","i":"X0000001"},"ve":[]}},"sig":{"alg":"ES256","cer":"AA","sigvl":"AA"}}',
    '{"data":{"hdr":{"t":"icao.test","v":1,"is":"UTO"},"msg":{"utci":"U00002","pid":{"n":"Vi Du","dob":"1985-11-20"}}},"sig":{"alg":"ES384","cer":"AA","sigvl":"AA"}}',
    '{ "data": {"hdr": {"is":"UTO","t":"icao.vacc","v":1}, "msg": {}}, "sig": {"alg":"ES256","cer":"AA","sigvl":"AA"} }',
  ],
  emv: [
    '00020101021138560010A0000007270126000697040001120000000000010208QRIBFTTA53037045802VN630472A9',
    '00020101021238560010A0000007270126000697040001120000000000010208QRIBFTTA53037045405500005802VN62110807Ve cong63043214',
    '00020101021226280010A0000007750110000000000153037045405200005802VN5912CUA HANG MAU6304DB58',
  ],
  momo: [
    '2|99|0900000001|NGUYEN VAN MAU||0|0|50000|Ve cong|transfer_myqr',
    '2|99|0900000002|||0|0|0||transfer_myqr',
    '2|99|0900000003|TRAN VI DU|a@example.vn|0|0|10000|x|transfer_myqr|00000001',
  ],
  social: ['https://zaloapp.com/qr/p/0000000000000', 'https://zalo.me/0900000001', 'https://www.facebook.com/qr?id=1'],
  wifi: ['WIFI:T:WPA;S:Quan Mau;P:matkhau00;;', 'WIFI:S:Free;T:nopass;;', 'wifi:T:WPA2;S:a\\;b;P:c;;'],
  bcbp: [
    'M1MAU/VAN             EABC123 HANSGNVN 0123 326Y001A0025 100',
    'M1VIDU/THI            EXYZ789 SGNDADVJ 0456 001Y012C0101 100',
    'M2NGHIEM/LE           EQWE456 DADHANQH 0789 200J003D0007 100',
  ],
  signed: Object.values(signedExamples),
  wallet: [
    'https://me.momo.vn/mau',
    'https://img.vietqr.io/image/970400-000000000001-compact.png',
    '{"bankCode":"VTT","cust_mobile":"0900000001","amount":50000}',
  ],
  url: ['https://example.vn/thuc-don', 'http://example.vn', 'HTTPS://EXAMPLE.VN/HOA-DON?MA=1'],
  vcard: [
    'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nguyễn Văn Mẫu\r\nTEL:0900000001\r\nEND:VCARD',
    'MECARD:N:Mau,Van;TEL:0900000001;;',
  ],
  otp: ['otpauth://totp/Mau:van?secret=JBSWY3DPEHPK3PXP&issuer=Mau'],
  tel: ['tel:0900000001', 'TEL:+84900000001'],
  sms: ['sms:0900000001?body=xin%20chao', 'SMSTO:0900000001:xin chao'],
  mailto: ['mailto:mau@example.vn'],
  geo: ['geo:21.0285,105.8542'],
  market: ['market://details?id=vn.example'],
  upi: ['upi://pay?pa=mau@example'],
  wallet2: ['mdoc:owBjMS4wAYIB2BhYS6QBAiABIVggWrt', 'openid4vp://?request_uri=https%3A%2F%2Fexample.vn'],
  barenum: ['001090000001', '010000001', '0900000001', '1234567890', 'GD4010000000001'],
  enrol: [`gate-enrol:?url=https%3A%2F%2Fexample.vn&token=mau&key=${'A'.repeat(43)}`],
  json: ['{"ho_ten":"Nguyễn Văn Mẫu"}', '[1,2,3]'],
  uuid: ['00000000-0000-4000-8000-000000000001'],
  unknown: ['', 'B1 790123456789', '0010900000|01|Nguyễn Văn Mẫu|15011990|Nam', 'GIAY PHEP LAI XE 790000000001 A1'],
} as const satisfies Record<Exclude<CodeKind, 'dcc' | 'product'>, readonly string[]>

/** The same citizen cards as readers really send them: framed, with encoding marks, or misread. */
export const transported = [
  ']Q1001090000001|010000001|Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu, Hà Nội|01072021\r\n',
  '\u0002\uFEFF048090000003|200000003|Lê Thử Nghiệm|02091990|Nam|Tổ 4, Đà Nẵng|04102024||||\u0003\t',
  ']Q2\\000026079185000002||Trần Thị Ví Dụ|20111985|Nữ|Quận 3, TP. Hồ Chí Minh|10082022\r',
  '001090000001|010000001|Nguyá»…n VÄƒn Máº«u|15011990|Nam|Sá»‘ 1 phá»‘ Máº«u, HÃ\u00A0 Ná»™i|01072021',
]
