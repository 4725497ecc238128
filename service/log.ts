import { destination, type Logger, pino } from 'pino'

export type Log = Logger

/** JSON lines on stderr, written at once: the last line before a crash is the one that matters. */
export function openLog(): Log {
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ dest: 2, sync: true }))
}
