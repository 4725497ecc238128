import { execFileSync } from 'node:child_process'
import { closeSync, copyFileSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** What the disk kept of the sectors that it had not been told to flush. */
export type Kept = 'nothing' | 'some' | 'all'

const sectorBytes = 512
/** Linux drivers/md/dm-log-writes.c, whose format QEMU's blklogwrites writes. */
const flag = { flush: 1, fua: 2, discard: 4, mark: 8 } as const

/**
 * A disk with a cache of its own, as real ones have: a write that was not flushed may be lost in a power cut, and those
 * behind it not. QEMU logs every write and flush; after the cut the disk is made anew out of the log.
 */
export class VolatileDisk {
  readonly #kept: string
  readonly #running: string
  readonly #log: string

  constructor(dir: string) {
    this.#kept = join(dir, 'disk')
    this.#running = join(dir, 'disk-running')
    this.#log = join(dir, 'disk-log')
    // Made whole at once, so that the guest need not write its tables later on.
    const options = ['-E', 'lazy_itable_init=0,lazy_journal_init=0']
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
    execFileSync('mke2fs', ['-q', '-t', 'ext4', ...options, this.#kept, '64M'], { env, stdio: 'ignore' })
  }

  /** The arguments of QEMU for the next time that the machine runs. */
  attach(): string[] {
    copyFileSync(this.#kept, this.#running)
    rmSync(this.#log, { force: true })
    closeSync(openSync(this.#log, 'w'))
    return [
      ...['-blockdev', `driver=file,filename=${this.#running},node-name=running`],
      ...['-blockdev', `driver=file,filename=${this.#log},node-name=log`],
      ...['-blockdev', 'driver=blklogwrites,file=running,log=log,node-name=data'],
      ...['-device', 'virtio-blk-pci,drive=data,write-cache=on'],
    ]
  }

  /** Makes the disk what it is after the cut; gives the number of sectors that were lost. `random`: 0 to below 1. */
  cut(kept: Kept, random: () => number): number {
    const writes = readLog(readFileSync(this.#log))
    const flushed = writes.findLastIndex((write) => write.flush) + 1
    const disk = openSync(this.#kept, 'r+')
    let lost = 0
    for (const [i, { sector, data, fua }] of writes.entries()) {
      for (let at = 0; at < data.length; at += sectorBytes) {
        const stays = i < flushed || fua || kept === 'all' || (kept === 'some' && random() < 0.5)
        if (stays) writeSync(disk, data, at, sectorBytes, sector * sectorBytes + at)
        else lost++
      }
    }
    closeSync(disk)
    return lost
  }
}

type Write = { sector: number; data: Buffer; flush: boolean; fua: boolean }

/** Every entry in the order it was made; one that the cut tore is left out. */
function readLog(log: Buffer): Write[] {
  const writes: Write[] = []
  for (let at = sectorBytes; at + sectorBytes <= log.length; ) {
    const [sector, sectors, flags] = [0, 8, 16].map((field) => Number(log.readBigUInt64LE(at + field)))
    if (sector === undefined || sectors === undefined || flags === undefined) break
    const hasData = (flags & (flag.discard | flag.mark)) === 0
    const end = at + sectorBytes + (hasData ? sectors * sectorBytes : 0)
    if (end > log.length) break
    const data = log.subarray(at + sectorBytes, end)
    writes.push({ sector, data, flush: (flags & flag.flush) !== 0, fua: (flags & flag.fua) !== 0 })
    at = end
  }
  return writes
}
