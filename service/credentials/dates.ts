/** A clock that shows an earlier time than that of this program is dead, and must not make people unborn. */
const writtenMs = Date.UTC(2026, 10, 21)

/** `YYYY-MM-DD`; day and month may be `00`: not told. Null where the calendar has no such date. */
export function toDate(year: string, month: string, day: string): string | null {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  if (Number(month) === 0 || Number(day) === 0) return Number(month) <= 12 && Number(day) <= 31 ? date : null
  const time = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date) ? date : null
}

/** How cards of Vietnam write a date: `ddmmyyyy`, `dd/mm/yyyy` or `yyyy`. */
export const datePattern = /^(?:(\d{2})(\/?)(\d{2})\2)?(\d{4})$/

/** As `toDate`, of a date as cards write it. */
export function readDate(text: string): string | null {
  const [, day = '00', , month = '00', year] = datePattern.exec(text) ?? []
  return year === undefined ? null : toDate(year, month, day)
}

/** The date, where it lies between 1900 and today: a living person's birth, or the issue of a document. */
export function pastDate(date: string | null, now: Date): string | null {
  // Where the day is counted, it may be tomorrow already.
  const latest = new Date(Math.max(now.getTime(), writtenMs) + 86_400_000).toISOString().slice(0, 10)
  return date !== null && date >= '1900' && date <= latest ? date : null
}
