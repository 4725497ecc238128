import { type Answer, addEnrolment, addSite } from '../platform/admin.ts'
import { connect, type Operator } from '../platform/ask.ts'
import { mint } from '../platform/mint.ts'
import { revokeCode } from '../platform/revoke.ts'

/** What the demonstration has made at its platform: a site, a way in for the gate, and the codes that people show. */
export type Cast = { site: string; enrolment: string; codes: string[] }

/** Citizen cards of invented people, and what people show by mistake. */
const cards = [
  '001090000001|010000001|Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội|01072021',
  '079185000002||Trần Thị Ví Dụ|20111985|Nữ|2/3 đường Thử, Phường 1, Quận 3, TP. Hồ Chí Minh|10082022',
]
const declaration = '048090000003|LE THU NGHIEM|1990-09-02|0|163000000000000002|<1<<0900000002<'
const payment = '00020101021138560010A0000007270126000697040001120000000000010208QRIBFTTA53037045802VN630472A9'
const menu = 'https://example.com/thuc-don'

/** Makes a site at the running platform and issues codes to invented people: good, expired and revoked ones. */
export async function makeCast(platformData: string): Promise<Cast> {
  const operator = await connect({ data: platformData })
  try {
    const site = await value(operator.ask(addSite, { name: 'Trụ sở Mẫu', kind: 'office', address: 'Hà Nội' }))
    const { code: enrolment } = await value(operator.ask(addEnrolment, { site: site.id, gate: 'Cổng A' }))
    const issue = async (name: string, born: string, extra: { expires?: string } = {}) =>
      (await value(operator.ask(mint, { site: site.id, name, born, ...extra }))).code
    const lan = await issue('Lê Thị Lan Mẫu', '1992-03-08')
    const minh = await issue('Phạm Minh Thử', '1979-10-20')
    const late = await issue('Võ Hữu Trễ', '1968-05-01', { expires: '2024-12-31' })
    const barred = await issue('Đặng Văn Khóa', '1988-07-27')
    await revoke(operator, site.id, barred)
    const [card1 = '', card2 = ''] = cards
    return { site: site.id, enrolment, codes: [lan, card1, payment, minh, late, declaration, card2, barred, menu] }
  } finally {
    await operator.close()
  }
}

async function revoke(operator: Operator, site: string, code: string): Promise<void> {
  await value(operator.ask(revokeCode, { site, code }))
}

async function value<T>(asked: Promise<Answer<T>>): Promise<T> {
  const answer = await asked
  if (answer.kind === 'refused') throw new Error(answer.why)
  return answer.value
}
