const usualZone = 'Asia/Ho_Chi_Minh'

const formats = {
  clock: { hour: '2-digit', minute: '2-digit' },
  date: { day: '2-digit', month: '2-digit', year: 'numeric' },
  moment: { hour: '2-digit', minute: '2-digit', day: '2-digit', month: '2-digit', year: 'numeric' },
  visit: { hour: '2-digit', minute: '2-digit', second: '2-digit', day: '2-digit', month: '2-digit', year: 'numeric' },
} satisfies Record<string, Intl.DateTimeFormatOptions>

/** The time in the site's zone, in Vietnamese order and 24 hours; '' for what is not a time. */
export function formatTime(at: Date | string, timeZone: string, format: keyof typeof formats): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return ''
  return formatter(timeZone, format).format(date)
}

function formatter(timeZone: string, format: keyof typeof formats): Intl.DateTimeFormat {
  const options = { hourCycle: 'h23', ...formats[format] } as const
  try {
    return new Intl.DateTimeFormat('vi-VN', { ...options, timeZone })
  } catch {
    // A zone that this machine does not know must not take the screen away.
    return new Intl.DateTimeFormat('vi-VN', { ...options, timeZone: usualZone })
  }
}
