const formats = new Map<string, Intl.DateTimeFormat>()

/** RFC 3339 with milliseconds and the offset that holds in the time zone: `2026-11-21T08:30:00.000+07:00`. */
export function toRfc3339(at: Date, timeZone: string): string {
  const offset = offsetOf(at, timeZone)
  const [sign, minutes] = [offset < 0 ? '-' : '+', Math.abs(offset)]
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, -1)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** Minutes east of UTC. */
function offsetOf(at: Date, timeZone: string): number {
  const name = format(timeZone)
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d{2}):(\d{2})/.exec(name ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** A zone that this system does not know must not stop the gate: it counts as UTC. */
function format(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const options = { timeZoneName: 'longOffset' } as const
  let made: Intl.DateTimeFormat
  try {
    made = new Intl.DateTimeFormat('en', { ...options, timeZone })
  } catch {
    made = new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' })
  }
  formats.set(timeZone, made)
  return made
}
