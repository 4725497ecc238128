import { parseEnrolmentCode } from '../../sync/enrolment-code.ts'
import { enrolFolder } from '../enrolment.ts'
import { Store } from '../store/index.ts'
import { dataFolder, UsageError } from './data-folder.ts'
import { failed } from './failed.ts'

/** `gate-kiosk enrol`: exchanges the code for an identity. A service at work on the folder notices within a second. */
export async function enrolGate(options: { data?: string; name: string }, codes: string[]): Promise<number> {
  const dir = dataFolder(options)
  const [text, ...more] = codes
  if (text === undefined || more.length > 0) throw new UsageError('expected one enrolment code, in quotes')
  const code = parseEnrolmentCode(text)
  if (typeof code === 'string') return failed(code)
  const bound = boundTo(dir)
  if (bound.kind === 'unreadable') return failed(bound.why)
  const result = await enrolFolder(dir, bound.device, code, options.name)
  if (result.kind === 'refused') return failed(result.why)
  process.stdout.write(`enrolled as ${result.enrolment.deviceId} at ${result.enrolment.url}\n`)
  return 0
}

/** The device under which the platform knows the visits in this folder; null where there are none yet. */
function boundTo(dir: string): { kind: 'read'; device: string | null } | { kind: 'unreadable'; why: string } {
  if (!Store.exists(dir)) return { kind: 'read', device: null }
  const store = Store.open(dir, 'read')
  if (typeof store === 'string') return { kind: 'unreadable', why: store }
  const device = store.exchange.device()
  store.close()
  return { kind: 'read', device }
}
