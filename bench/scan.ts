import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import type { api } from '../contract/api.ts'
import { startProgram, stopProgram } from '../demo/process.ts'
import { print, quantile } from './quantiles.ts'

/**
 * `npm run bench:scan`: how long from the last byte of a code on the serial line to the verdict at the page's end of the
 * contract, with the visit on disk; beside it a bare 4 KiB append with fdatasync to the same disk. Needs socat.
 */
const scans = 500
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const path = join(folder, 'reader')
const socat = spawn('socat', ['-', `pty,raw,echo=0,link=${path}`], { stdio: ['pipe', 'ignore', 'inherit'] })
while (!existsSync(path)) await pause(10)

const settings = join(folder, 'settings.json')
const readers = [{ id: 'r1', driver: 'serial', path }]
writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'A', direction: 'in', readers }] }))
const begun = performance.now()
const started = await startProgram(
  'service',
  ['serve', '--data', join(folder, 'data'), '--settings', settings],
  () => {},
)
if (started === null) throw new Error('the service did not start')
const ready = performance.now() - begun

const { host, origin, searchParams } = new URL(started.ready.url)
const socket = new WebSocket(`ws://${host}/rpc`, ['gate-kiosk', searchParams.get('key') ?? ''], { origin })
const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })
const client: ContractRouterClient<typeof api> = createORPCClient(link)
const states = (await client.watch({}))[Symbol.asyncIterator]()

const took: number[] = []
const bare: number[] = []
const file = openSync(join(folder, 'bare'), 'w')
const page = Buffer.alloc(4096, 'x')
for (let n = 1; n <= scans; n++) {
  const sent = performance.now()
  socat.stdin.write(`001090${String(n).padStart(6, '0')}||Nguyễn Văn Mẫu|15011990|Nam|Hà Nội|01072021\r`)
  while (!(await shown(n)));
  took.push(performance.now() - sent)
  const append = performance.now()
  writeSync(file, page)
  fdatasyncSync(file)
  bare.push(performance.now() - append)
}
const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${started.ready.pid}/status`, 'utf8'))?.[1]
process.stdout.write(
  `ready to scan after ${ready.toFixed(0)} ms; resident after ${scans} scans ${Math.round(Number(resident) / 1024)} MiB\n`,
)
print('byte to verdict', took, 'ms')
print('bare append', bare, 'ms')
process.stdout.write(`ratio of the medians ${(quantile(took, 0.5) / quantile(bare, 0.5)).toFixed(1)}\n`)

socket.terminate()
closeSync(file)
await stopProgram(started.child)
socat.kill()
await once(socat, 'exit')
rmSync(folder, { recursive: true })

/** Whether the next state shows visit `seq`. */
async function shown(seq: number): Promise<boolean> {
  const next = await states.next()
  if (next.done) throw new Error('the service ended')
  return next.value.lanes.some(({ screen }) => screen.kind === 'verdict' && screen.verdict.visit.seq === seq)
}
