import { type ReactNode, useEffect, useState } from 'react'
import { formatTime } from './time.ts'

/** Date and time in the site's zone: by the clock of the machine that shows it. */
export function Clock({ timeZone }: { timeZone: string }): ReactNode {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <p className="clock">
      <span className="date">{formatTime(now, timeZone, 'date')}</span>{' '}
      <time className="time">{formatTime(now, timeZone, 'clock')}</time>
    </p>
  )
}
