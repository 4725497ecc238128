import type { Label } from '../../contract/code.ts'
import type { Masked } from '../../contract/outcome.ts'
import type { Rejected } from '../../sync/protocol.ts'
import type { StoredVisit } from '../store/visits.ts'

export type Language = keyof Label

/** `refusal`: what the platform said against it. */
export type ExportedVisit = StoredVisit & { readonly refusal: Rejected | undefined }

type Column = readonly [header: Label, cell: (visit: ExportedVisit) => string]

/** What a table says of a visit: of the person no more than the screens showed. Date and time are those of the gate. */
const columns: readonly Column[] = [
  [{ vi: 'Số', en: 'Number' }, ({ seq }) => String(seq)],
  [{ vi: 'Ngày', en: 'Date' }, ({ at }) => at.slice(0, 10)],
  [{ vi: 'Giờ', en: 'Time' }, ({ at }) => at.slice(11, 19)],
  [{ vi: 'Cổng', en: 'Gate' }, ({ gate }) => gate],
  [{ vi: 'Làn', en: 'Lane' }, ({ lane }) => lane],
  [{ vi: 'Chiều', en: 'Direction' }, ({ direction }) => direction],
  [{ vi: 'Kết quả', en: 'Outcome' }, ({ outcome }) => outcome],
  [{ vi: 'Lý do', en: 'Reason' }, ({ reason }) => reason],
  [{ vi: 'Loại mã', en: 'Code' }, ({ credential }) => credential.kind],
  [{ vi: 'Đã xác thực', en: 'Verified' }, ({ credential }) => String(credential.verified)],
  [{ vi: 'Mô phỏng', en: 'Simulated' }, ({ simulated }) => String(simulated === true)],
  masked({ vi: 'Họ tên', en: 'Name' }, 'name'),
  masked({ vi: 'Số giấy tờ', en: 'Document' }, 'document'),
  masked({ vi: 'Năm sinh', en: 'Year of birth' }, 'birthYear'),
  masked({ vi: 'Giới tính', en: 'Sex' }, 'sex'),
  masked({ vi: 'Địa chỉ', en: 'Address' }, 'address'),
  masked({ vi: 'Điện thoại', en: 'Phone' }, 'phone'),
  [{ vi: 'Máy chủ', en: 'Platform' }, ({ platform }) => platform],
  [
    { vi: 'Lý do máy chủ từ chối', en: 'Why the platform refused it' },
    ({ refusal }) => (refusal === undefined ? '' : `${refusal.code}: ${refusal.detail}`),
  ],
]

function masked(header: Label, member: Exclude<keyof Masked, 'certificate'>): Column {
  return [header, ({ personal }) => String(personal?.masked[member] ?? '')]
}

export function headers(language: Language): string[] {
  return columns.map(([header]) => header[language])
}

export function cells(visit: ExportedVisit): string[] {
  return columns.map(([, cell]) => cell(visit))
}
