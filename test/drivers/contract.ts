import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReaderSettings } from '../../contract/settings.ts'
import type { DeviceInfo, OpenReader, ReaderDriver } from '../../drivers/readers/driver.ts'

/** What a device sends: these codes, printable ASCII, and then perhaps the beginning of one more. */
export type Script = {
  readonly codes: readonly string[]
  /** A code whose end never comes; its beginning comes with the last code, where the device can send both at once. */
  readonly torn?: string
  /** `whole`: every code by itself; `split`: in as many packets, `joined`: all in as few as the device can. */
  readonly packets: 'whole' | 'split' | 'joined'
}

/** A device with its driver. It is plugged in; after the test it is gone. */
export type Rig = {
  readonly driver: ReaderDriver
  readonly device: DeviceInfo
  readonly settings: ReaderSettings
  /** Sends the script, from its beginning. A device that sends by itself once it is open has nothing to do here. */
  send(): Promise<void>
  unplug(): Promise<void>
  plug(): Promise<void>
}

type Traits = {
  /** Whether a device that is open can be pulled out. Without it, `unplug` need only make it impossible to open. */
  readonly vanishes: boolean
}

const cccd = '001090000001|010000001|Nguyen Van Mau|15011990|Nam|So 1 pho Mau|01072021'
/** As long as a health certificate. */
const long = `HC1:${Array.from({ length: 1089 }, (_, n) => '0123456789ABCDEFGHJKMNPQ'.charAt((n * 7) % 24)).join('')}`
const codes = ['https://example.com/?q=~', cccd, long, '1']

/** What every driver of a reader keeps to. `make` gives a new device each time. */
export function describeReader(
  name: string,
  make: (script: Script) => Promise<Rig>,
  { vanishes }: Traits = { vanishes: true },
): void {
  describe(`${name}, as every reader,`, () => {
    it('is known by its description alone', async () => {
      const { driver, device, settings } = await make({ codes: [], packets: 'whole' })
      expect(driver.name).toBe(settings.driver)
      expect(driver.matches(device, settings)).toBe(true)
    })

    it.each(['whole', 'split', 'joined'] as const)(
      'reads every code once, in order, with its packets %s',
      async (packets) => {
        const rig = await make({ codes, packets })
        const reader = await openReader(rig)
        await rig.send()
        await reader.reads(codes.length)
        expect(reader.told).toEqual(codes)
      },
    )

    it.skipIf(!vanishes)('is lost once, tells nothing of a torn code, and reads again when it is back', async () => {
      const rig = await make({ codes: [cccd], torn: long, packets: 'whole' })
      const lost = await openReader(rig)
      await rig.send()
      await lost.reads(1)
      await rig.unplug()
      await lost.isLost
      await lost.close()
      await rig.plug()
      const reader = await openReader(rig)
      await rig.send()
      await reader.reads(1)
      expect([lost.told, reader.told]).toEqual([[cccd, 'LOST'], [cccd]])
    })

    it('tells nothing once it is being closed, and can be opened again at once', async () => {
      const rig = await make({ codes: [cccd], torn: long, packets: 'whole' })
      const closed = await openReader(rig)
      await rig.send()
      await closed.reads(1)
      await closed.close()
      await closed.close()
      const reader = await openReader(rig)
      await rig.send()
      await reader.reads(1)
      expect([closed.told, reader.told]).toEqual([[cccd], [cccd]])
    })

    it('works beside another one', async () => {
      const scripts = ['A', 'B'].map((mark) => codes.map((code) => `${code}${mark}`))
      const rigs = await Promise.all(scripts.map((script) => make({ codes: script, packets: 'split' })))
      const readers = await Promise.all(rigs.map(openReader))
      await Promise.all(rigs.map((rig) => rig.send()))
      await Promise.all(readers.map((reader) => reader.reads(codes.length)))
      expect(readers.map(({ told }) => told)).toEqual(scripts)
    })

    it('rejects with a reason while it is not there, and opens when it is', async () => {
      const rig = await make({ codes: [cccd], packets: 'whole' })
      await rig.unplug()
      await expect(openReader(rig)).rejects.toThrow(/\w{4}/)
      await rig.plug()
      const reader = await openReader(rig)
      await rig.send()
      await reader.reads(1)
      expect(reader.told).toEqual([cccd])
    })
  })
}

type Watched = Pick<OpenReader, 'close'> & {
  /** Everything it told, in order; codes without the symbology that some readers put in front. */
  readonly told: readonly string[]
  readonly isLost: Promise<void>
  /** Settles with the reading itself: a test that acts then does so before any silence can end a torn code. */
  reads(count: number): Promise<void>
}

async function openReader({ driver, device, settings }: Rig): Promise<Watched> {
  const told: string[] = []
  const lost = Promise.withResolvers<void>()
  const wanted = new Map<number, () => void>()
  const tell = (what: string) => {
    told.push(what)
    wanted.get(told.length)?.()
  }
  const reader = await driver.open(device, settings, {
    reading: async (bytes) => tell(Buffer.from(bytes).toString('latin1').replace(/^\]Q1/, '')),
    overlong: () => tell('OVERLONG'),
    lost: () => {
      tell('LOST')
      lost.resolve()
    },
  })
  onTestFinished(() => reader.close())
  return {
    told,
    isLost: lost.promise,
    close: () => reader.close(),
    reads: (count) =>
      new Promise((resolve) => {
        if (told.length >= count) resolve()
        else wanted.set(count, resolve)
      }),
  }
}
