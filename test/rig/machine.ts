import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Image } from './image.ts'
import { agentPort, type Heard, type Listener, pagePort, type Reply, type Request } from './protocol.ts'
import { Qmp } from './qmp.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const bootWithinMs = 180_000
const answerWithinMs = 60_000

/** The folder of one machine: its sockets, its disk, and what its console said. A run that succeeds removes it. */
export function machineFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gate-rig-'))
  mkdirSync(join(dir, 'compiled'))
  process.once('exit', (code) => {
    if (code === 0) rmSync(dir, { recursive: true, force: true })
    else process.stderr.write(`see ${join(dir, 'console')}\n`)
  })
  return dir
}

/** A running guest. It is one emulated processor with 1 GB and USB sockets 1 to 8. */
export class Machine {
  readonly qmp: Qmp
  readonly dir: string
  /** Where the page of the guest's service is found on this host. */
  readonly pageOrigin: string
  readonly #agent: string
  readonly #process: ChildProcess

  /** Settles when the guest answers. `disk`: more of QEMU's arguments, which give it a disk for /data. */
  static async boot(image: Image, dir: string, disk: readonly string[] = []): Promise<Machine> {
    const [agent = 0, page = 0] = await Promise.all([freePort(), freePort()])
    const console = openSync(join(dir, 'console'), 'a')
    const args = [...toArguments(image, dir, { agent, page }), ...disk]
    const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', console, console] })
    const end = () => void qemu.kill('SIGKILL')
    process.once('exit', end)
    qemu.once('exit', () => process.off('exit', end))
    await once(qemu, 'spawn')
    const deadline = performance.now() + bootWithinMs
    const qmp = await until(qemu, deadline, () => Qmp.open(join(dir, 'qmp')))
    const machine = new Machine(qmp, dir, `http://127.0.0.1:${page}`, `http://127.0.0.1:${agent}`, qemu)
    await until(qemu, deadline, () => machine.ask({ kind: 'run', program: 'true', args: [] }, 2000))
    return machine
  }

  private constructor(qmp: Qmp, dir: string, pageOrigin: string, agent: string, qemu: ChildProcess) {
    this.qmp = qmp
    this.dir = dir
    this.pageOrigin = pageOrigin
    this.#agent = agent
    this.#process = qemu
  }

  async ask<K extends Request['kind']>(request: Request & { kind: K }, withinMs = answerWithinMs): Promise<Reply<K>> {
    const body = JSON.stringify(request)
    const response = await fetch(this.#agent, { method: 'POST', body, signal: AbortSignal.timeout(withinMs) })
    if (!response.ok) throw new Error(`${request.kind}: ${await response.text()}`)
    return response.json() as Promise<Reply<K>>
  }

  /**
   * Runs a command of `gate-kiosk` on this host, on a copy of a data folder that no service in the guest has open. In the
   * guest a command takes 9 s, here half a second.
   */
  async gateKiosk(command: 'verify' | 'visits', data: string, ...args: readonly string[]): Promise<Reply<'run'>> {
    const copied = await this.shell(`rm -rf /compiled/copy && cp -r ${data} /compiled/copy`)
    if (copied.status !== 0) return copied
    const all = [join(checkout, 'service/cli.ts'), command, ...args, '--data', join(this.dir, 'compiled/copy')]
    return new Promise((resolve) => {
      execFile(process.execPath, all, { timeout: answerWithinMs, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
      )
    })
  }

  shell(line: string): Promise<Reply<'run'>> {
    return this.ask({ kind: 'run', program: 'sh', args: ['-c', line] })
  }

  /** What a device of the guest heard, as soon as it is this much or the time is over. */
  heard(by: Listener, atLeast: number, withinMs: number): Promise<readonly Heard[]> {
    return this.ask({ kind: 'heard', by, atLeast, withinMs }, withinMs + answerWithinMs)
  }

  /** Adds the kernel's drivers of made-up USB devices and keyboards, and listens to what goes to USB. */
  async addDrivers(): Promise<void> {
    const { status, stderr } = await this.shell(
      'modprobe -a usbmon uinput libcomposite && modprobe dummy_hcd num=4 && ' +
        'mount -t configfs config /sys/kernel/config && mount -t debugfs debug /sys/kernel/debug',
    )
    if (status !== 0) throw new Error(`the guest has no made-up devices: ${stderr}`)
    await this.ask({ kind: 'wire-listen' })
  }

  /** Takes the power away: the guest has no chance to write anything more. */
  async cut(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
    this.qmp.close()
  }
}

function toArguments({ kernel, initrd, disk }: Image, dir: string, ports: { agent: number; page: number }): string[] {
  const forwards = `hostfwd=tcp:127.0.0.1:${ports.agent}-:${agentPort},hostfwd=tcp:127.0.0.1:${ports.page}-:${pagePort}`
  return [
    // Emulated, so that the rig is the same with KVM and without.
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max', '-smp', '1', '-m', '1024'],
    ...['-display', 'none', '-no-reboot', '-serial', 'stdio', '-kernel', kernel, '-initrd', initrd],
    ...['-append', 'root=/dev/vda ro console=ttyS0 quiet panic=-1 net.ifnames=0 init=/init.sh'],
    ...['-drive', `file=${disk},if=none,id=root,format=raw,readonly=on`, '-device', 'virtio-blk-pci,drive=root'],
    ...['-virtfs', `local,path=${checkout},mount_tag=product,security_model=none,readonly=on`],
    ...['-virtfs', `local,path=${join(dir, 'compiled')},mount_tag=compiled,security_model=none`],
    ...['-nic', `user,model=virtio-net-pci,restrict=on,${forwards}`],
    ...['-device', 'qemu-xhci,id=usb,p2=8,p3=8', '-qmp', `unix:${join(dir, 'qmp')},server=on,wait=off`],
  ]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Tries again until it works, QEMU ends, or the time is over. */
async function until<T>(qemu: ChildProcess, deadline: number, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (qemu.exitCode !== null || performance.now() > deadline)
        throw new Error('the machine did not start; its last words are in the file console', { cause: error })
      await pause(100)
    }
  }
}
